package stripesim

import (
	"slices"
	"strconv"
)

type reversal struct {
	ID       string            `json:"id"`
	Amount   int64             `json:"amount"`
	Metadata map[string]string `json:"metadata"`
	Created  int64             `json:"created"`
}

func (t *transfer) reversalJSON(r reversal) map[string]any {
	return map[string]any{"id": r.ID, "object": "transfer_reversal", "amount": r.Amount, "balance_transaction": nil, "created": r.Created,
		"currency": t.Currency, "destination_payment_refund": nil, "metadata": r.Metadata, "source_refund": nil, "transfer": t.ID}
}

// createReversal takes money back from the account that received it, as far as it still has it.
func (s *Server) createReversal(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return noSuch("transfer", r.path("id"))
	}
	rest := t.Amount - t.reversed()
	amount := rest
	if text := r.form.Get("amount"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return notPositive("amount")
		}
		amount = n
	}
	from := s.state.Accounts[t.Destination]
	switch {
	case amount > rest || amount == 0:
		return refusal("", "Transfer reversal amount is greater than the amount left of the transfer")
	case from.Received[t.Currency] < amount:
		return refusal("balance_insufficient", "The account that received the transfer has insufficient available funds for its reversal.")
	}
	back := reversal{ID: newID("trr"), Amount: amount, Metadata: metadataOf(r, nil), Created: s.now().Unix()}
	t.Reversals = append(t.Reversals, back)
	s.state.Available[t.Currency] += amount
	from.Received[t.Currency] -= amount
	s.emit("transfer.reversed", "", t.json())
	return ok(t.reversalJSON(back))
}

func (s *Server) listReversals(r request) answer {
	t := s.find(r.path("id"))
	if t == nil {
		return noSuch("transfer", r.path("id"))
	}
	newest := slices.Clone(t.Reversals)
	slices.Reverse(newest)
	cut, more, refused := page(r, newest, func(back reversal) string { return back.ID })
	if refused != nil {
		return *refused
	}
	data := make([]any, len(cut))
	for i, back := range cut {
		data[i] = t.reversalJSON(back)
	}
	return ok(listOf(data, more, "/v1/transfers/"+t.ID+"/reversals"))
}
