package stripeconnect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"tributary/internal/limiter"
	"tributary/internal/payout"
	"tributary/models"
)

// OpenAccount makes an Express account that asks only for transfers.
func (r *Rail) OpenAccount(ctx context.Context, o payout.Opening) (payout.AccountStatus, error) {
	params := &stripe.AccountParams{Type: stripe.String(string(stripe.AccountTypeExpress)), Email: stripe.String(o.Email),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}}}
	if o.Country != "" {
		params.Country = stripe.String(o.Country)
	}
	if o.Agreement != "" {
		params.TOSAcceptance = &stripe.AccountTOSAcceptanceParams{ServiceAgreement: stripe.String(strings.ToLower(string(o.Agreement)))}
	}
	params.SetIdempotencyKey(o.Key)
	var account *stripe.Account
	err := r.inTurn(ctx, limiter.Accounts, "", func(ctx context.Context) (err error) {
		params.Context = ctx
		account, err = r.writes.Accounts.New(params)
		return err
	})
	if refusal := refusedPartner(err); refusal != nil {
		return payout.AccountStatus{}, fmt.Errorf("open account: %w: %w", refusal, err)
	}
	if err != nil {
		return payout.AccountStatus{}, fmt.Errorf("open account: %w", err)
	}
	return statusOf(account)
}

// Account reads an account. One that left the platform, or was never on it, is not ready.
func (r *Rail) Account(ctx context.Context, destination string) (payout.AccountStatus, error) {
	params := &stripe.AccountParams{}
	params.Context = ctx
	account, err := r.reads.Accounts.GetByID(destination, params)
	if isGone(err) {
		return payout.AccountStatus{Destination: destination, Status: payout.StatusGone}, nil
	}
	if err != nil {
		return payout.AccountStatus{}, fmt.Errorf("read account: %w", err)
	}
	return statusOf(account)
}

// Platform reads the account whose key it is. A key that Stripe does not accept is refused with RefusedSetup.
func (r *Rail) Platform(ctx context.Context) (payout.Platform, error) {
	params := &stripe.AccountParams{}
	ctx, call := note(ctx)
	params.Context = ctx
	account := &stripe.Account{}
	// The library's own method for this takes no context, and every call of ours has one.
	err := r.reads.Accounts.B.Call(http.MethodGet, "/v1/account", r.reads.Accounts.Key, params, account)
	if err != nil {
		return payout.Platform{}, fmt.Errorf("read platform: %w", classify(err, call))
	}
	if account.Object != "account" || account.ID == "" {
		return payout.Platform{}, errors.New("read platform: stripe answered without an account")
	}
	return payout.Platform{ID: account.ID, Live: r.live}, nil
}

// AccountLink makes an onboarding page; it works once and for minutes, so it is never stored. Its key is new each time: the
// same page again would be of no use.
func (r *Rail) AccountLink(ctx context.Context, destination, refreshURL, returnURL string) (string, error) {
	params := &stripe.AccountLinkParams{Account: stripe.String(destination), RefreshURL: stripe.String(refreshURL),
		ReturnURL: stripe.String(returnURL), Type: stripe.String(string(stripe.AccountLinkTypeAccountOnboarding))}
	params.SetIdempotencyKey(keyPrefix + "account-link:" + models.NewID().String())
	var link *stripe.AccountLink
	err := r.inTurn(ctx, limiter.Links, destination, func(ctx context.Context) (err error) {
		params.Context = ctx
		link, err = r.writes.AccountLinks.New(params)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make account link: %w", err)
	}
	return link.URL, nil
}

// statusOf calls an account ready when it can receive transfers; every status that is not "active" is not ready.
func statusOf(a *stripe.Account) (payout.AccountStatus, error) {
	if a.ID == "" || a.Object != "account" {
		return payout.AccountStatus{}, fmt.Errorf("stripe answered without an account")
	}
	s := payout.AccountStatus{Destination: a.ID, Country: a.Country, Status: "unrequested"}
	if a.Capabilities != nil {
		s.Status = string(a.Capabilities.Transfers)
		s.Ready = a.Capabilities.Transfers == stripe.AccountCapabilityStatusActive
	}
	if a.TOSAcceptance != nil {
		s.Agreement = models.ServiceAgreement(strings.ToUpper(string(a.TOSAcceptance.ServiceAgreement)))
	}
	if a.Requirements != nil {
		s.Requirements = a.Requirements.CurrentlyDue
	}
	return s, nil
}
