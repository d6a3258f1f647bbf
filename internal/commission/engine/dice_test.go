package engine

import (
	"encoding/binary"
	"slices"
)

// dice makes the choices of a random case: from the bytes of a seed, and when those run out from a stream that they
// start. The same seed makes the same choices.
type dice struct {
	data   []byte
	stream uint64
}

func diceOf(data []byte) *dice {
	d := &dice{data: data}
	for _, b := range data {
		d.stream = (d.stream ^ uint64(b)) * 0x100000001b3
	}
	return d
}

// numbered gives the dice of the n-th case of a test.
func numbered(test, n int) *dice {
	return &dice{stream: uint64(test)<<40 + uint64(n)*0x2545f4914f6cdd1d}
}

func (d *dice) next() uint64 {
	if len(d.data) > 0 {
		var word [8]byte
		n := copy(word[:1], d.data)
		d.data = d.data[n:]
		return binary.LittleEndian.Uint64(word[:])
	}
	d.stream += 0x9e3779b97f4a7c15
	z := d.stream
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// between gives low to high, both included.
func (d *dice) between(low, high int64) int64 {
	word := d.next()
	if high-low > 255 && len(d.data) > 0 { // one byte of a seed is too coarse
		word = word<<8 | d.next()&0xff
	}
	return low + int64(word%uint64(high-low+1))
}

// in tells true n times out of a hundred.
func (d *dice) in(percent int) bool { return d.below(100) < percent }

func pick[T any](d *dice, from ...T) T { return from[d.below(len(from))] }

// some gives each of the names with even chance.
func some(d *dice, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(string) bool { return d.in(50) })
}
