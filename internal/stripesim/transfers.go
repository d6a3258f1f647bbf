package stripesim

import (
	"regexp"
	"strconv"
	"strings"
)

type transfer struct {
	ID          string            `json:"id"`
	Amount      int64             `json:"amount"`
	Currency    string            `json:"currency"`
	Destination string            `json:"destination"`
	Group       string            `json:"group"`
	Description string            `json:"description"`
	Metadata    map[string]string `json:"metadata"`
	Created     int64             `json:"created"`
	Reversals   []reversal        `json:"reversals"` // oldest first
	Key         string            `json:"key"`
	Seq         int64             `json:"seq"`
}

func (t *transfer) reversed() int64 {
	var sum int64
	for _, r := range t.Reversals {
		sum += r.Amount
	}
	return sum
}

const reversalsInTransfer = 10 // newest first

func (t *transfer) json() map[string]any {
	reversals := []any{}
	for i := len(t.Reversals) - 1; i >= 0 && len(reversals) < reversalsInTransfer; i-- {
		reversals = append(reversals, t.reversalJSON(t.Reversals[i]))
	}
	list := listOf(reversals, len(t.Reversals) > len(reversals), "/v1/transfers/"+t.ID+"/reversals")
	return map[string]any{"id": t.ID, "object": "transfer", "amount": t.Amount, "amount_reversed": t.reversed(),
		"balance_transaction": "txn_" + strings.TrimPrefix(t.ID, "tr_"), "created": t.Created, "currency": t.Currency,
		"description": orNull(t.Description), "destination": t.Destination, "destination_payment": "py_" + strings.TrimPrefix(t.ID, "tr_"),
		"livemode": false, "metadata": t.Metadata, "reversals": list, "reversed": t.reversed() == t.Amount,
		"source_transaction": nil, "source_type": "card", "transfer_group": orNull(t.Group)}
}

var currencyCode = regexp.MustCompile(`^[a-z]{3}$`)

func (s *Server) createTransfer(r request) answer {
	for _, param := range []string{"currency", "destination", "amount"} {
		if r.form.Get(param) == "" {
			return missingParam(param)
		}
	}
	amount, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	if err != nil || amount < 1 {
		return notPositive("amount")
	}
	t := &transfer{ID: newID("tr"), Amount: amount, Currency: strings.ToLower(r.form.Get("currency")), Destination: r.form.Get("destination"),
		Group: r.form.Get("transfer_group"), Description: r.form.Get("description"), Metadata: metadataOf(r, nil), Created: s.now().Unix(), Key: r.key}
	if !currencyCode.MatchString(t.Currency) {
		return invalid("", "currency", "Invalid currency: "+t.Currency)
	}
	to := s.account(t.Destination)
	switch {
	case to == nil:
		return refusal("resource_missing", "No such destination: '"+t.Destination+"'")
	case !to.usable():
		return refusal("insufficient_capabilities_for_transfer", "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments")
	case s.state.Available[t.Currency] < amount:
		return refusal("balance_insufficient", "You have insufficient available funds in your Stripe account.")
	}
	s.state.Seq++
	t.Seq = s.state.Seq
	s.state.Available[t.Currency] -= amount
	to.Received[t.Currency] += amount
	s.state.Transfers = append(s.state.Transfers, t)
	s.state.byID[t.ID] = t
	s.emit("transfer.created", "", t.json())
	return ok(t.json())
}

func (s *Server) find(id string) *transfer { return s.state.byID[id] }

func (s *Server) getTransfer(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return noSuch("transfer", r.path("id"))
	}
	return ok(t.json())
}

// updateTransfer changes what can change after a transfer was made: what it says, never what it moved.
func (s *Server) updateTransfer(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return noSuch("transfer", r.path("id"))
	}
	if r.form.Has("description") {
		t.Description = r.form.Get("description")
	}
	t.Metadata = metadataOf(r, t.Metadata)
	s.emit("transfer.updated", "", t.json())
	return ok(t.json())
}

// Made is a transfer as the simulator keeps it, for tests.
type Made struct {
	ID, Currency, Destination, Group string
	Amount, Reversed                 int64
}

// Transfers gives every transfer, oldest first.
func (s *Server) Transfers() []Made {
	s.rollForward()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := make([]Made, len(s.state.Transfers))
	for i, t := range s.state.Transfers {
		made[i] = Made{ID: t.ID, Currency: t.Currency, Destination: t.Destination, Group: t.Group, Amount: t.Amount, Reversed: t.reversed()}
	}
	return made
}
