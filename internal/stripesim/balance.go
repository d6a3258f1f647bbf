package stripesim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// getBalance gives the platform's balance, or that of the account in the Stripe-Account header.
func (s *Server) getBalance(r request) answer {
	if r.account == "" {
		return ok(balanceOf(s.state.Available))
	}
	a := s.account(r.account)
	if a == nil {
		return noAccess(r.account)
	}
	return ok(balanceOf(a.Received))
}

func balanceOf(amounts map[string]int64) map[string]any {
	available, pending := []any{}, []any{}
	for _, c := range slices.Sorted(maps.Keys(amounts)) {
		available = append(available, map[string]any{"amount": amounts[c], "currency": c, "source_types": map[string]any{"card": amounts[c]}})
		pending = append(pending, map[string]any{"amount": 0, "currency": c, "source_types": map[string]any{"card": 0}})
	}
	return map[string]any{"object": "balance", "available": available, "pending": pending, "livemode": false}
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
	minor, currency, refused := amountOf(r)
	if refused != nil {
		return *refused
	}
	s.fund(currency, minor)
	return ok(balanceOf(s.state.Available))
}

func amountOf(r request) (int64, string, *answer) {
	minor, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	currency := strings.ToLower(r.form.Get("currency"))
	var refused answer
	switch {
	case err != nil || minor < 1:
		refused = notPositive("amount")
	case !currencyCode.MatchString(currency):
		refused = invalid("", "currency", "Invalid currency: "+currency)
	default:
		return minor, currency, nil
	}
	return 0, "", &refused
}

// payOutByHTTP sends what an account holds to its bank. A reversal cannot reach it there.
func (s *Server) payOutByHTTP(r request) answer {
	minor, currency, refused := amountOf(r)
	if refused != nil {
		return *refused
	}
	a := s.account(r.path("id"))
	switch {
	case a == nil:
		return noSuch("account", r.path("id"))
	case a.Received[currency] < minor:
		return refusal("balance_insufficient", "You have insufficient funds in your Stripe account for this payout.")
	}
	a.Received[currency] -= minor
	a.PaidOut[currency] += minor
	s.emit("payout.paid", a.ID, payoutJSON(newID("po"), minor, currency, s.now().Unix()))
	return ok(balanceOf(a.Received))
}

func payoutJSON(id string, minor int64, currency string, at int64) map[string]any {
	return map[string]any{"id": id, "object": "payout", "amount": minor, "arrival_date": at, "automatic": true, "balance_transaction": nil, "created": at,
		"currency": currency, "description": nil, "destination": nil, "failure_balance_transaction": nil, "failure_code": nil, "failure_message": nil,
		"livemode": false, "metadata": map[string]any{}, "method": "standard", "original_payout": nil, "reconciliation_status": "in_progress",
		"reversed_by": nil, "source_type": "card", "statement_descriptor": nil, "status": "paid", "type": "bank_account"}
}
