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
}

func newState() state {
	return state{Funded: map[string]int64{}, Available: map[string]int64{}, Accounts: map[string]*account{}, Links: map[string]*link{}, Keys: map[string]kept{}}
}

func (state) newID(prefix string) string {
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
	return json.Unmarshal(data, &s.state)
}

// save replaces the state file whole, so that a crash leaves the old one or the new one.
func (s *Server) save() error {
	if s.options.StateFile == "" {
		return nil
	}
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
