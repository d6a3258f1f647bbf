package stripeconnect

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"tributary/internal/fault"
	"tributary/models"
)

const (
	maxEventBytes = 256 << 10
	tolerance     = 5 * time.Minute // of the signature's age, either way
)

// EventKeeper stores a verified event once and has it worked later.
type EventKeeper interface {
	KeepEvent(ctx context.Context, e models.StripeEvent) error
}

// Refused is told of each webhook that was turned away, with one of the reasons below. The merchant is zero for the
// instance's platform.
type Refused func(merchantID models.ID, reason string, err error)

// Why a webhook is turned away.
const (
	RefusedNoSecret  = "no_secret" // none is set up, or it cannot be read
	RefusedSize      = "size"      // too large, or cut short
	RefusedSignature = "signature" // by none of the secrets
	RefusedEvent     = "event"     // signed, but too old, of another API version, or no event
)

// WebhookHandler verifies Stripe's webhooks for the instance's platform, stores them, and answers 200 before any work: 400
// for what is not a genuine event of our API version, 500 when it could not be stored, so that Stripe sends it again, 503
// for everything where no secret is set up, since nothing can be told genuine then. The secrets are a list as of Secrets.
func WebhookHandler(secrets string, keeper EventKeeper, now func() time.Time, refused Refused) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := desk{keeper: keeper, now: now(), refused: refused}
		if len(Secrets(secrets)) == 0 {
			d.refuse(w, http.StatusServiceUnavailable, RefusedNoSecret, errors.New("no webhook secret is set up"))
			return
		}
		d.take(w, r, Secrets(secrets))
	})
}

// MerchantKeeper stores events of merchants' own platforms, and knows the list of secrets that they are signed with. It has no
// secret, and an error of kind NotFound, for who has no platform of its own.
type MerchantKeeper interface {
	EventKeeper
	WebhookSecret(ctx context.Context, merchantID models.ID) (string, error)
}

// MerchantWebhookHandler is WebhookHandler for the own platform of the merchant that the path names. A merchant without
// one, and one that does not exist, are both 404.
func MerchantWebhookHandler(keeper MerchantKeeper, now func() time.Time, refused Refused) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		merchantID, err := models.ParseID(models.PrefixMerchant, r.PathValue("merchant"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		d := desk{keeper: keeper, merchantID: merchantID, now: now(), refused: refused}
		secrets, err := keeper.WebhookSecret(r.Context(), merchantID)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			http.NotFound(w, r)
		case err != nil:
			d.refuse(w, http.StatusServiceUnavailable, RefusedNoSecret, err)
		default:
			d.take(w, r, Secrets(secrets))
		}
	})
}

// desk takes one event in.
type desk struct {
	keeper     EventKeeper
	merchantID models.ID
	now        time.Time
	refused    Refused
}

func (d desk) refuse(w http.ResponseWriter, status int, reason string, err error) {
	d.refused(d.merchantID, reason, err)
	http.Error(w, "refused: "+reason, status)
}

// take reads, verifies and stores it.
func (d desk) take(w http.ResponseWriter, r *http.Request, secrets []string) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEventBytes))
	if err != nil {
		d.refuse(w, http.StatusRequestEntityTooLarge, RefusedSize, err)
		return
	}
	event, err := verifyAny(payload, r.Header.Get("Stripe-Signature"), secrets, d.now)
	if err != nil {
		reason := RefusedEvent
		if isUnsigned(err) {
			reason = RefusedSignature
		}
		d.refuse(w, http.StatusBadRequest, reason, err)
		return
	}
	event.MerchantID = d.merchantID
	if err := d.keeper.KeepEvent(r.Context(), event); err != nil {
		http.Error(w, "not stored", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
}

var errEvent = errors.New("stripeconnect: not an event of this API version")

func verify(payload []byte, signature, secret string, now time.Time) (models.StripeEvent, error) {
	// The library compares the timestamp with the machine's clock and only with the past; ours is the clock handed
	// down, and looks both ways.
	event, err := webhook.ConstructEventWithOptions(payload, signature, secret, webhook.ConstructEventOptions{IgnoreTolerance: true})
	if err != nil {
		return models.StripeEvent{}, err
	}
	if event.Object != "event" || event.ID == "" || event.Data == nil || event.APIVersion != stripe.APIVersion {
		return models.StripeEvent{}, errEvent
	}
	at, ok := signedAt(signature)
	if age := now.Sub(at); !ok || age > tolerance || age < -tolerance {
		return models.StripeEvent{}, errEvent
	}
	return models.StripeEvent{EventID: event.ID, EventType: string(event.Type), Account: event.Account, Livemode: event.Livemode, Payload: string(payload)}, nil
}
