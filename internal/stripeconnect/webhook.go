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

// WebhookHandler verifies Stripe's webhooks for the instance's platform, stores them, and answers 200 before any work: 400
// for what is not a genuine event of our API version, 500 when it could not be stored, so that Stripe sends it again, 503
// for everything where no secret is set up, since nothing can be told genuine then.
func WebhookHandler(secret string, keeper EventKeeper, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret == "" {
			http.Error(w, "no webhook secret is set up", http.StatusServiceUnavailable)
			return
		}
		take(w, r, secret, models.ID{}, keeper, now())
	})
}

// MerchantKeeper stores events of merchants' own platforms, and knows the secrets that they are signed with. It has no
// secret, and an error of kind NotFound, for who has no platform of its own.
type MerchantKeeper interface {
	EventKeeper
	WebhookSecret(ctx context.Context, merchantID models.ID) (string, error)
}

// MerchantWebhookHandler is WebhookHandler for the own platform of the merchant that the path names. A merchant without
// one, and one that does not exist, are both 404.
func MerchantWebhookHandler(keeper MerchantKeeper, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		merchantID, err := models.ParseID(models.PrefixMerchant, r.PathValue("merchant"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		secret, err := keeper.WebhookSecret(r.Context(), merchantID)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			http.NotFound(w, r)
		case err != nil:
			http.Error(w, "no webhook secret can be read", http.StatusServiceUnavailable)
		default:
			take(w, r, secret, merchantID, keeper, now())
		}
	})
}

// take reads, verifies and stores one event.
func take(w http.ResponseWriter, r *http.Request, secret string, merchantID models.ID, keeper EventKeeper, now time.Time) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEventBytes))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	event, err := verify(payload, r.Header.Get("Stripe-Signature"), secret, now)
	if err != nil {
		http.Error(w, "not a genuine event", http.StatusBadRequest)
		return
	}
	event.MerchantID = merchantID
	if err := keeper.KeepEvent(r.Context(), event); err != nil {
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
