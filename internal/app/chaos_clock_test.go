package app

import (
	"encoding/binary"
	"os"
	"time"
)

// sharedClock is one clock for this process and for the workers that it starts: it runs like the real one, ahead of it by
// what a file says.
type sharedClock struct{ file *os.File }

func openClock(path string) (*sharedClock, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	return &sharedClock{file}, err
}

// newClock makes the file of a clock that shows the instant now.
func newClock(path string, at time.Time) (*sharedClock, error) {
	c := &sharedClock{}
	var err error
	if c.file, err = os.Create(path); err != nil {
		return c, err
	}
	return c, c.turn(time.Until(at))
}

// Now gives the instant that the clock shows.
func (c *sharedClock) Now() time.Time { return time.Now().Add(c.ahead()) }

func (c *sharedClock) ahead() time.Duration {
	var b [8]byte
	if _, err := c.file.ReadAt(b[:], 0); err != nil {
		panic(err) // there is no time to go on with
	}
	return time.Duration(binary.LittleEndian.Uint64(b[:]))
}

func (c *sharedClock) turn(ahead time.Duration) error {
	_, err := c.file.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(ahead)), 0)
	return err
}

// Advance turns the clock on.
func (c *sharedClock) Advance(d time.Duration) {
	if err := c.turn(c.ahead() + d); err != nil {
		panic(err)
	}
}
