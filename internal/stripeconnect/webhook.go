package stripeconnect

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

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

// WebhookHandler verifies Stripe's webhooks, stores them, and answers 200 before any work: 400 for what is not a
// genuine event of our API version, 500 when it could not be stored, so that Stripe sends it again, 503 for everything
// where no secret is set up, since nothing can be told genuine then.
func WebhookHandler(secret string, keeper EventKeeper, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret == "" {
			http.Error(w, "no webhook secret is set up", http.StatusServiceUnavailable)
			return
		}
		payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEventBytes))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		event, err := verify(payload, r.Header.Get("Stripe-Signature"), secret, now())
		if err != nil {
			http.Error(w, "not a genuine event", http.StatusBadRequest)
			return
		}
		if err := keeper.KeepEvent(r.Context(), event); err != nil {
			http.Error(w, "not stored", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
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
