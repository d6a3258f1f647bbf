package stripesim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// state is everything the simulator remembers, as it stands in the state file.
type state struct {
	Funded    map[string]int64    `json:"funded"`    // by currency
	Available map[string]int64    `json:"available"` // by currency
	Accounts  map[string]*account `json:"accounts"`
	Links     map[string]*link    `json:"links"`
	Transfers []*transfer         `json:"transfers"` // oldest first
	Keys      map[string]kept     `json:"keys"`
	Late      []late              `json:"late"`
	Seq       int64               `json:"seq"`    // the order of transfers and of capabilities that change
	Offset    int64               `json:"offset"` // of the clock, in nanoseconds
	byID      map[string]*transfer
}

func newState() state {
	return state{Funded: map[string]int64{}, Available: map[string]int64{}, Accounts: map[string]*account{}, Links: map[string]*link{}, Keys: map[string]kept{},
		byID: map[string]*transfer{}}
}

func newID(prefix string) string {
	raw := make([]byte, 12)
	if _, err := rand.Read(raw); err != nil {
		panic("stripesim: the system has no randomness: " + err.Error())
	}
	return prefix + "_" + hex.EncodeToString(raw)
}

func (s *Server) load() error {
	if s.options.StateFile == "" {
		return nil
	}
	data, err := os.ReadFile(s.options.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read simulator state: %w", err)
	}
	if err := json.Unmarshal(data, &s.state); err != nil {
		return fmt.Errorf("decode simulator state: %w", err)
	}
	s.offset.Store(s.state.Offset)
	for _, t := range s.state.Transfers {
		s.state.byID[t.ID] = t
	}
	for _, a := range s.state.Accounts {
		a.complete()
	}
	return nil
}

// complete fills in what a state file of an earlier release does not have.
func (a *account) complete() {
	if a.PaidOut == nil {
		a.PaidOut = map[string]int64{}
	}
	if a.Metadata == nil {
		a.Metadata = map[string]string{}
	}
	if a.Status != "" {
		return
	}
	a.Status = inactive
	if a.Active {
		a.Status, a.History = active, []change{{Usable: true}}
	}
}

// save replaces the state file whole, so that a crash leaves the old one or the new one.
func (s *Server) save() error {
	if s.options.StateFile == "" {
		return nil
	}
	s.state.Offset = s.offset.Load()
	data, err := json.Marshal(s.state)
	if err != nil {
		return fmt.Errorf("encode simulator state: %w", err)
	}
	fresh := s.options.StateFile + ".new"
	if err := os.WriteFile(fresh, data, 0o600); err != nil {
		return fmt.Errorf("write simulator state: %w", err)
	}
	return os.Rename(fresh, s.options.StateFile)
}
