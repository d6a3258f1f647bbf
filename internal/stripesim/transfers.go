package stripesim

import (
	"net/http"
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
	Reversals   []reversal        `json:"reversals"`
}

type reversal struct {
	ID      string `json:"id"`
	Amount  int64  `json:"amount"`
	Created int64  `json:"created"`
}

func (t *transfer) reversed() int64 {
	var sum int64
	for _, r := range t.Reversals {
		sum += r.Amount
	}
	return sum
}

func (t *transfer) json() map[string]any {
	reversals := make([]any, len(t.Reversals))
	for i, r := range t.Reversals {
		reversals[i] = t.reversalJSON(r)
	}
	list := listOf(reversals, false, "/v1/transfers/"+t.ID+"/reversals")
	list["total_count"] = len(reversals)
	return map[string]any{"id": t.ID, "object": "transfer", "amount": t.Amount, "amount_reversed": t.reversed(),
		"balance_transaction": "txn_" + strings.TrimPrefix(t.ID, "tr_"), "created": t.Created, "currency": t.Currency,
		"description": orNull(t.Description), "destination": t.Destination, "destination_payment": "py_" + strings.TrimPrefix(t.ID, "tr_"),
		"livemode": false, "metadata": t.Metadata, "reversals": list, "reversed": t.reversed() == t.Amount,
		"source_transaction": nil, "source_type": "card", "transfer_group": orNull(t.Group)}
}

func (t *transfer) reversalJSON(r reversal) map[string]any {
	return map[string]any{"id": r.ID, "object": "transfer_reversal", "amount": r.Amount, "balance_transaction": nil, "created": r.Created,
		"currency": t.Currency, "destination_payment_refund": nil, "metadata": map[string]any{}, "source_refund": nil, "transfer": t.ID}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (s *Server) createTransfer(r request) answer {
	for _, param := range []string{"currency", "destination", "amount"} {
		if r.form.Get(param) == "" {
			return missingParam(param)
		}
	}
	amount, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	if err != nil || amount < 1 {
		return failure(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "amount", "Invalid positive integer")
	}
	t := &transfer{ID: s.state.newID("tr"), Amount: amount, Currency: strings.ToLower(r.form.Get("currency")), Destination: r.form.Get("destination"),
		Group: r.form.Get("transfer_group"), Description: r.form.Get("description"), Metadata: map[string]string{}, Created: s.options.Now().Unix()}
	for name, values := range r.form {
		if key, found := strings.CutPrefix(name, "metadata["); found {
			t.Metadata[strings.TrimSuffix(key, "]")] = values[0]
		}
	}
	to := s.state.Accounts[t.Destination]
	switch {
	case to == nil:
		return refusal("resource_missing", "No such destination: '"+t.Destination+"'")
	case !to.Active || to.Rejected:
		return refusal("insufficient_capabilities_for_transfer", "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments")
	case s.state.Available[t.Currency] < amount:
		return refusal("balance_insufficient", "You have insufficient available funds in your Stripe account.")
	}
	s.state.Available[t.Currency] -= amount
	to.Received[t.Currency] += amount
	s.state.Transfers = append(s.state.Transfers, t)
	s.emit("transfer.created", "", t.json())
	return ok(t.json())
}

func (s *Server) find(id string) *transfer {
	for _, t := range s.state.Transfers {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func (s *Server) getTransfer(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return failure(http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "No such transfer")
	}
	return ok(t.json())
}

const maxListed = 100

// listTransfers gives transfers newest first, filtered by group and destination, page by page.
func (s *Server) listTransfers(r request) answer {
	limit := 10
	if text := r.form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxListed {
			return failure(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "limit", "Invalid integer")
		}
		limit = n
	}
	since, _ := strconv.ParseInt(r.form.Get("created[gte]"), 10, 64)
	after, started := r.form.Get("starting_after"), r.form.Get("starting_after") == ""
	if !started && s.find(after) == nil {
		return failure(http.StatusBadRequest, "invalid_request_error", "resource_missing", "starting_after", "No such transfer: '"+after+"'")
	}
	data, more := []any{}, false
	for i := len(s.state.Transfers) - 1; i >= 0; i-- {
		t := s.state.Transfers[i]
		if !started {
			started = t.ID == after
			continue
		}
		group, destination := r.form.Get("transfer_group"), r.form.Get("destination")
		if (group != "" && group != t.Group) || (destination != "" && destination != t.Destination) || t.Created < since {
			continue
		}
		if len(data) == limit {
			more = true
			break
		}
		data = append(data, t.json())
	}
	return ok(listOf(data, more, "/v1/transfers"))
}

func (s *Server) createReversal(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return refusal("resource_missing", "No such transfer")
	}
	rest := t.Amount - t.reversed()
	amount := rest
	if text := r.form.Get("amount"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return failure(http.StatusBadRequest, "invalid_request_error", "parameter_invalid_integer", "amount", "Invalid positive integer")
		}
		amount = n
	}
	if amount > rest || amount == 0 {
		return refusal("", "Transfer reversal amount is greater than the amount left of the transfer")
	}
	back := reversal{ID: s.state.newID("trr"), Amount: amount, Created: s.options.Now().Unix()}
	t.Reversals = append(t.Reversals, back)
	s.state.Available[t.Currency] += amount
	s.state.Accounts[t.Destination].Received[t.Currency] -= amount
	s.emit("transfer.reversed", "", t.json())
	return ok(t.reversalJSON(back))
}
