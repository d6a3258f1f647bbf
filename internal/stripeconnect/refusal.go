package stripeconnect

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"tributary/internal/payout"
)

// Codes that stripe-go v76 has no constant for are compared as text.
var destinationCodes = map[stripe.ErrorCode]bool{
	"insufficient_capabilities_for_transfer": true, "transfers_not_allowed": true, "account_closed": true,
	stripe.ErrorCodeAccountInvalid: true, stripe.ErrorCodeResourceMissing: true,
}

// classify turns an SDK error into a refusal, or leaves it as an unknown outcome, and notes its code in the call. It goes
// by status and code, never by the error's Go type: the same answer comes in several.
func classify(err error, call *payout.Call) error {
	if errors.Is(err, errNoToken) || errors.Is(err, errNoKey) || errors.Is(err, errHost) {
		return notSent(err)
	}
	var e *stripe.Error
	if !errors.As(err, &e) {
		return err // network, time-out, broken body: the transfer may exist
	}
	call.ErrorCode = string(e.Code)
	if call.ErrorCode == "" {
		call.ErrorCode = string(e.Type)
	}
	refused := func(kind payout.RefusalKind) error { return &payout.Refusal{Kind: kind, Call: *call} }
	switch {
	case e.HTTPStatusCode >= http.StatusInternalServerError, e.HTTPStatusCode == http.StatusConflict:
		return err // may have run, or runs now
	case e.Type == stripe.ErrorTypeIdempotency:
		return refused(payout.RefusedChanged)
	case e.HTTPStatusCode == http.StatusTooManyRequests:
		return refused(payout.RefusedNotExecuted)
	case e.Code == stripe.ErrorCodeBalanceInsufficient:
		return refused(payout.RefusedFunds)
	case destinationCodes[e.Code], isUnnamed(e):
		return refused(payout.RefusedDestination)
	case e.HTTPStatusCode >= http.StatusBadRequest:
		return refused(payout.RefusedSetup)
	}
	return err
}

// isUnnamed tells whether Stripe refuses a request in words only, without a code or a parameter: so it says that funds
// cannot be sent to accounts of a country. That is about one account, and must not stop all others.
func isUnnamed(e *stripe.Error) bool {
	return e.HTTPStatusCode == http.StatusBadRequest && e.Type == stripe.ErrorTypeInvalidRequest && e.Code == "" && e.Param == ""
}

// ofKey tells of a key that Stripe does not accept, or that may not do this, as a refusal; it leaves every other error as it is.
func ofKey(err error) error {
	var e *stripe.Error
	if !errors.As(err, &e) || e.HTTPStatusCode != http.StatusUnauthorized && e.HTTPStatusCode != http.StatusForbidden {
		return err
	}
	return fmt.Errorf("%w: %w", &payout.Refusal{Kind: payout.RefusedSetup,
		Call: payout.Call{HTTPStatus: e.HTTPStatusCode, RequestID: e.RequestID, ErrorCode: cmp.Or(string(e.Code), string(e.Type))}}, err)
}

// isGone tells whether Stripe says that an account is none of ours, or no longer.
func isGone(err error) bool {
	var e *stripe.Error
	return errors.As(err, &e) && (e.Code == stripe.ErrorCodeAccountInvalid || e.Code == stripe.ErrorCodeResourceMissing || e.Code == "account_closed")
}

// partnerParams are the parameters of an account that hang on who the partner is, and codes what Stripe says of its country.
// Which of them it names where an agreement does not go with a country is its policy, so all are taken alike.
var (
	partnerParams = []string{"country", "tos_acceptance", "capabilities"}
	countryCodes  = []stripe.ErrorCode{stripe.ErrorCodeCountryUnsupported, stripe.ErrorCodeCountryCodeInvalid}
)

// refusedPartner tells whether Stripe refused to open an account for this partner, in its country or under its agreement;
// nil for everything else.
func refusedPartner(err error) *payout.Refusal {
	var e *stripe.Error
	if !errors.As(err, &e) || e.HTTPStatusCode != http.StatusBadRequest {
		return nil
	}
	param, _, _ := strings.Cut(e.Param, "[")
	if !slices.Contains(partnerParams, param) && !slices.Contains(countryCodes, e.Code) {
		return nil
	}
	return &payout.Refusal{Kind: payout.RefusedDestination, Call: payout.Call{HTTPStatus: e.HTTPStatusCode, RequestID: e.RequestID, ErrorCode: cmp.Or(string(e.Code), e.Param)}}
}
