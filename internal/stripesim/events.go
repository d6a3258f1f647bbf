package stripesim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	maxQueuedEvents  = 10_000
	deliveryAttempts = 3
	deliveryLimit    = 5 * time.Second
)

type event struct{ payload []byte }

// emit queues a webhook; the account is empty for the platform's own. A full queue drops the event, as a receiver must
// expect of any webhook. The lock is held.
func (s *Server) emit(kind, account string, object map[string]any) {
	if s.options.WebhookURL == "" {
		return
	}
	e := map[string]any{"id": s.state.newID("evt"), "object": "event", "api_version": APIVersion, "created": s.options.Now().Unix(),
		"data": map[string]any{"object": object}, "livemode": false, "pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "type": kind}
	if account != "" {
		e["account"] = account
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return
	}
	select {
	case s.events <- event{payload}:
	default:
	}
}

func (s *Server) deliver() {
	for {
		select {
		case <-s.done:
			return
		case e := <-s.events:
			for range deliveryAttempts {
				if s.post(e) {
					break
				}
			}
		}
	}
}

func (s *Server) post(e event) bool {
	ctx, cancel := context.WithTimeout(context.Background(), deliveryLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.options.WebhookURL, bytes.NewReader(e.payload))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Stripe-Signature", Sign(e.payload, s.options.WebhookSecret, s.options.Now()))
	client := s.options.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode < http.StatusMultipleChoices
}

// Sign gives the signature header of a payload, scheme v1.
func Sign(payload []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}
