package graph_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// fakeRail opens accounts that are ready at once and keeps them; it pays nothing.
type fakeRail struct {
	mu       sync.Mutex
	accounts map[string]payout.AccountStatus // by the key they were opened under
	opened   int
	links    int
	receipts []payout.Receipt
	down     bool
	refusal  error
}

var errDown = errors.New("connection refused")

func (f *fakeRail) Admit(ctx context.Context, _ payout.Order) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

func (f *fakeRail) Send(context.Context, payout.Order) (payout.Receipt, error) {
	return payout.Receipt{}, f.refusal
}

func (f *fakeRail) Sendable(a money.Amount) money.Amount { return a }

func (f *fakeRail) Notice(string) (payout.Notice, error) { return payout.Notice{}, nil }

func (f *fakeRail) Find(context.Context, payout.Order) ([]payout.Receipt, error) { return nil, nil }

func (f *fakeRail) List(context.Context, models.ID) ([]payout.Receipt, error) { return f.receipts, nil }

func (f *fakeRail) Since(_ context.Context, _ time.Time, each func([]payout.Receipt) error) error {
	return each(f.receipts)
}

func (f *fakeRail) Available(_ context.Context, c money.Currency) (money.Amount, error) {
	return money.New(1_000_000_000, c), nil
}

func (f *fakeRail) OpenAccount(_ context.Context, o payout.Opening) (payout.AccountStatus, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return payout.AccountStatus{}, errDown
	}
	if kept, ok := f.accounts[o.Key]; ok {
		return kept, nil
	}
	f.opened++
	status := payout.AccountStatus{Destination: fmt.Sprintf("acct_%d", f.opened), Country: o.Country, Agreement: o.Agreement, Ready: true, Status: "active",
		Requirements: []string{"external_account"}}
	if f.accounts == nil {
		f.accounts = map[string]payout.AccountStatus{}
	}
	f.accounts[o.Key] = status
	return status, nil
}

func (f *fakeRail) Account(_ context.Context, destination string) (payout.AccountStatus, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, status := range f.accounts {
		if status.Destination == destination && !f.down {
			return status, nil
		}
	}
	return payout.AccountStatus{}, errDown
}

func (f *fakeRail) Platform(context.Context) (payout.Platform, error) {
	return payout.Platform{ID: "acct_platform"}, nil
}

func (f *fakeRail) AccountLink(_ context.Context, destination, _, _ string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links++
	return fmt.Sprintf("https://rail.example/%s/%d", destination, f.links), nil
}
