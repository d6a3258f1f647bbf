package stripeconnect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// The metadata that ties a transfer to its payout.
const (
	metaPayout     = "tributary_payout"
	metaGeneration = "tributary_generation"
)

// Send makes the transfer of an order, with the token that Admit put into the context. Errors are *payout.Refusal when Stripe's answer is understood.
func (r *Rail) Send(ctx context.Context, o payout.Order) (payout.Receipt, error) {
	if !o.Amount.IsPositive() || !o.Amount.Currency.Known() || !strings.HasPrefix(o.Destination, "acct_") || o.Key == "" {
		return payout.Receipt{}, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "ORDER_INCOMPLETE"}}
	}
	minor, err := stripeMinor(o.Amount)
	if err != nil {
		return payout.Receipt{}, err
	}
	params := &stripe.TransferParams{
		Amount: stripe.Int64(minor), Currency: stripe.String(strings.ToLower(string(o.Amount.Currency))),
		Destination: stripe.String(o.Destination), TransferGroup: stripe.String(o.BatchID.String()),
	}
	ctx, call := note(ctx)
	params.Context = ctx
	params.SetIdempotencyKey(o.Key)
	params.AddMetadata(metaPayout, o.PayoutID.String())
	params.AddMetadata(metaGeneration, fmt.Sprint(o.Generation))
	if err := depart(ctx); err != nil {
		return payout.Receipt{}, notSent(err)
	}
	transfer, err := r.writes.Transfers.New(params)
	if err != nil {
		err = classify(err, call)
		return payout.Receipt{Call: *call}, err
	}
	receipt := receiptOf(transfer)
	receipt.Call = *call
	if !strings.HasPrefix(transfer.ID, "tr_") || transfer.TransferGroup != o.BatchID.String() || receipt.PayoutID != o.PayoutID.String() ||
		transfer.Livemode != r.live {
		return receipt, fmt.Errorf("stripe answered with transfer %q, which is not the one asked for", transfer.ID)
	}
	return receipt, nil
}

// Find gives the transfers in the order's batch to its destination that carry its payout id.
func (r *Rail) Find(ctx context.Context, o payout.Order) ([]payout.Receipt, error) {
	params := &stripe.TransferListParams{TransferGroup: stripe.String(o.BatchID.String()), Destination: stripe.String(o.Destination)}
	all, err := r.list(ctx, params)
	if err != nil {
		return nil, err
	}
	var found []payout.Receipt
	for _, receipt := range all {
		if receipt.PayoutID == o.PayoutID.String() {
			found = append(found, receipt)
		}
	}
	return found, nil
}

// List gives every transfer of a batch.
func (r *Rail) List(ctx context.Context, batchID models.ID) ([]payout.Receipt, error) {
	return r.list(ctx, &stripe.TransferListParams{TransferGroup: stripe.String(batchID.String())})
}

// Since hands every transfer made at an instant or later to each, page by page.
func (r *Rail) Since(ctx context.Context, from time.Time, each func([]payout.Receipt) error) error {
	params := &stripe.TransferListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: from.Unix()}}
	return r.eachPage(ctx, params, each)
}

func (r *Rail) list(ctx context.Context, params *stripe.TransferListParams) ([]payout.Receipt, error) {
	var found []payout.Receipt
	err := r.eachPage(ctx, params, func(page []payout.Receipt) error {
		found = append(found, page...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

const listedPerPage = 100 // the most that Stripe gives

func (r *Rail) eachPage(ctx context.Context, params *stripe.TransferListParams, each func([]payout.Receipt) error) error {
	params.Context = ctx
	params.Limit = stripe.Int64(listedPerPage)
	page := make([]payout.Receipt, 0, listedPerPage)
	it := r.reads.Transfers.List(params)
	for it.Next() {
		if it.Transfer().Livemode != r.live {
			return fmt.Errorf("list transfers: %q is of the other mode", it.Transfer().ID)
		}
		if page = append(page, receiptOf(it.Transfer())); len(page) == listedPerPage {
			if err := each(page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	// A page that failed ends the loop like the last one does: only a nil error makes the list complete. So does an answer that
	// is no page at all, and to the library that is no error; a page says where it is from.
	if err := it.Err(); err != nil {
		return fmt.Errorf("list transfers: %w", ofKey(err))
	}
	if it.Meta() == nil || it.Meta().URL == "" {
		return errors.New("list transfers: stripe answered with something that is no list")
	}
	if len(page) == 0 {
		return nil
	}
	return each(page)
}

// Available gives the platform's available balance in a currency.
func (r *Rail) Available(ctx context.Context, c money.Currency) (money.Amount, error) {
	params := &stripe.BalanceParams{}
	params.Context = ctx
	balance, err := r.reads.Balance.Get(params)
	if err != nil {
		return money.Amount{}, fmt.Errorf("read balance: %w", err)
	}
	if balance.Object != "balance" {
		return money.Amount{}, errors.New("read balance: stripe answered without one")
	}
	for _, a := range balance.Available {
		if strings.EqualFold(string(a.Currency), string(c)) {
			available, _ := fromStripe(a.Amount, c) // less than a minor unit of ours is not to be had
			return available, nil
		}
	}
	return money.Zero(c), nil
}

// receiptOf reads a transfer. An amount that is no amount of ours is left at zero, so that it matches no order.
func receiptOf(t *stripe.Transfer) payout.Receipt {
	currency := money.Currency(strings.ToUpper(string(t.Currency)))
	receipt := payout.Receipt{TransferID: t.ID, PayoutID: t.Metadata[metaPayout], Group: t.TransferGroup, Amount: money.Zero(currency)}
	if amount, whole := fromStripe(t.Amount, currency); whole {
		receipt.Amount = amount
	}
	reversed, _ := fromStripe(t.AmountReversed, currency)
	receipt.ReversedMinor = reversed.Minor
	if t.Destination != nil {
		receipt.Destination = t.Destination.ID
	}
	return receipt
}
