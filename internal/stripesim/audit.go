package stripesim

import (
	"errors"
	"fmt"
	"net/http"
)

// Check proves the simulator's own books: what was funded is left, with the accounts, or at their banks; each account holds
// what it received less what was taken back and paid out; no transfer is reversed beyond its amount, none went to an account
// that could not receive it at that moment, and no key made two within its life. An audit that failed earlier stays failed.
func (s *Server) Check() error {
	s.rollForward()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.audit()
}

func (s *Server) audit() error {
	if s.broken == nil {
		s.broken = s.state.audit()
	}
	return s.broken
}

// audit works from the transfers alone; it uses nothing of what decided about them.
func (s *state) audit() error {
	var wrong []error
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	moved := map[string]int64{}           // by currency
	with := map[string]map[string]int64{} // by account and currency
	lastOfKey := map[string]*transfer{}   // by key
	for _, t := range s.Transfers {
		net := t.Amount - t.reversed()
		moved[t.Currency] += net
		if with[t.Destination] == nil {
			with[t.Destination] = map[string]int64{}
		}
		with[t.Destination][t.Currency] += net
		if net < 0 {
			complain("transfer %s is reversed beyond its amount", t.ID)
		}
		if t.Amount < 1 {
			complain("transfer %s moves %d", t.ID, t.Amount)
		}
		if a := s.Accounts[t.Destination]; a == nil || !a.usableAt(t.Seq) {
			complain("transfer %s went to an account without the capability", t.ID)
		}
		if earlier := lastOfKey[t.Key]; earlier != nil && t.Key != "" && t.Created-earlier.Created < int64(keyLife.Seconds()) {
			complain("transfers %s and %s have one key", earlier.ID, t.ID)
		}
		lastOfKey[t.Key] = t
	}
	for c := range union(s.Funded, s.Available, moved) {
		if s.Funded[c] != s.Available[c]+moved[c] {
			complain("%s: funded %d, left %d, transferred %d", c, s.Funded[c], s.Available[c], moved[c])
		}
		if s.Available[c] < 0 {
			complain("%s: the balance is %d", c, s.Available[c])
		}
	}
	for id, a := range s.Accounts {
		for c := range union(a.Received, a.PaidOut, with[id]) {
			if a.Received[c] < 0 || a.Received[c]+a.PaidOut[c] != with[id][c] {
				complain("account %s: %s: holds %d, paid out %d, received %d", id, c, a.Received[c], a.PaidOut[c], with[id][c])
			}
		}
	}
	return errors.Join(wrong...)
}

func union(all ...map[string]int64) map[string]bool {
	names := map[string]bool{}
	for _, m := range all {
		for name := range m {
			names[name] = true
		}
	}
	return names
}

func (s *Server) checkByHTTP(request) answer {
	if err := s.audit(); err != nil {
		return failure(http.StatusConflict, "api_error", "", "", err.Error())
	}
	return ok(map[string]any{"object": "check", "holds": true, "transfers": len(s.state.Transfers)})
}
