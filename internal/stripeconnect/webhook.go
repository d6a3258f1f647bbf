package stripeconnect

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"tributary/models"
)

const (
	maxEventBytes   = 256 << 10
	futureTolerance = 5 * time.Minute
)

// EventKeeper stores a verified event once and has it worked later.
type EventKeeper interface {
	KeepEvent(ctx context.Context, e models.StripeEvent) error
}

// WebhookHandler verifies Stripe's webhooks, stores them, and answers 200 before any work: 400 for what is not a
// genuine event of our API version, 500 when it could not be stored, so that Stripe sends it again.
func WebhookHandler(secret string, keeper EventKeeper, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	if age := now.Sub(time.Unix(signedAt(signature), 0)); age > futureTolerance || age < -futureTolerance {
		return models.StripeEvent{}, errEvent
	}
	kept := models.StripeEvent{EventID: event.ID, EventType: string(event.Type), Account: event.Account, Livemode: event.Livemode, Payload: string(payload)}
	var object struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if err := json.Unmarshal(event.Data.Raw, &object); err != nil {
		return kept, err
	}
	if kept.Account == "" || object.Object == "transfer" {
		kept.Account = object.ID // what to read again
	}
	return kept, nil
}
