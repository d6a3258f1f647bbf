package stripesim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) getBalance(request) answer {
	available, pending := []any{}, []any{}
	currencies := make([]string, 0, len(s.state.Available))
	for c := range s.state.Available {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	for _, c := range currencies {
		available = append(available, map[string]any{"amount": s.state.Available[c], "currency": c, "source_types": map[string]any{"card": s.state.Available[c]}})
		pending = append(pending, map[string]any{"amount": 0, "currency": c, "source_types": map[string]any{"card": 0}})
	}
	return ok(map[string]any{"object": "balance", "available": available, "pending": pending, "livemode": false})
}

// Fund adds to the platform's available balance; minor units as Stripe counts them, currency in lower case.
func (s *Server) Fund(currency string, minor int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fund(currency, minor)
	return s.save()
}

func (s *Server) fund(currency string, minor int64) {
	s.state.Funded[currency] += minor
	s.state.Available[currency] += minor
}

func (s *Server) fundByHTTP(r request) answer {
	minor, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	if err != nil || minor < 1 {
		return failure(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "amount", "Invalid positive integer")
	}
	s.fund(strings.ToLower(r.form.Get("currency")), minor)
	return s.getBalance(r)
}

// Check proves the simulator's own books: what was funded is either left or with the accounts, no transfer is reversed
// beyond its amount, and none went to an account that could never receive it.
func (s *Server) Check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check()
}

func (s *Server) check() error {
	var wrong []error
	held := map[string]int64{}
	for _, t := range s.state.Transfers {
		held[t.Currency] += t.Amount - t.reversed()
		if t.reversed() > t.Amount {
			wrong = append(wrong, fmt.Errorf("transfer %s is reversed beyond its amount", t.ID))
		}
		if a := s.state.Accounts[t.Destination]; a == nil || !a.Active {
			wrong = append(wrong, fmt.Errorf("transfer %s went to an account without the capability", t.ID))
		}
	}
	for c, funded := range s.state.Funded {
		if funded != s.state.Available[c]+held[c] {
			wrong = append(wrong, fmt.Errorf("%s: funded %d, left %d, transferred %d", c, funded, s.state.Available[c], held[c]))
		}
	}
	return errors.Join(wrong...)
}

func (s *Server) checkByHTTP(request) answer {
	if err := s.check(); err != nil {
		return failure(http.StatusConflict, "api_error", "", "", err.Error())
	}
	return ok(map[string]any{"object": "check", "holds": true, "transfers": len(s.state.Transfers)})
}

// Made is a transfer as the simulator keeps it, for tests.
type Made struct {
	ID, Currency, Destination, Group string
	Amount, Reversed                 int64
}

// Transfers gives every transfer, oldest first.
func (s *Server) Transfers() []Made {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := make([]Made, len(s.state.Transfers))
	for i, t := range s.state.Transfers {
		made[i] = Made{ID: t.ID, Currency: t.Currency, Destination: t.Destination, Group: t.Group, Amount: t.Amount, Reversed: t.reversed()}
	}
	return made
}
