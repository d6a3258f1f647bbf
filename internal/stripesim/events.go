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

// unruly is how the next events are delivered otherwise than once and in order.
type unruly struct {
	twice, swap int
	held        *event
}

// Duplicate delivers each of the next n events twice.
func (s *Server) Duplicate(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unruly.twice = n
}

// Disorder delivers each of the next n events after the one that follows it.
func (s *Server) Disorder(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unruly.swap = n
}

// emit queues a webhook; the account is empty for the platform's own. A full queue drops the event, as a receiver must
// expect of any webhook. The lock is held.
func (s *Server) emit(kind, account string, object map[string]any) {
	if s.options.WebhookURL == "" {
		return
	}
	e := map[string]any{"id": newID("evt"), "object": "event", "api_version": APIVersion, "created": s.now().Unix(),
		"data": map[string]any{"object": object}, "livemode": false, "pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "type": kind}
	if account != "" {
		e["account"] = account
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return
	}
	fresh := event{payload}
	if s.unruly.swap > 0 && s.unruly.held == nil {
		s.unruly.swap--
		s.unruly.held = &fresh
		return
	}
	s.queue(fresh)
	if held := s.unruly.held; held != nil {
		s.unruly.held = nil
		s.queue(*held)
	}
}

func (s *Server) queue(e event) {
	times := 1
	if s.unruly.twice > 0 {
		s.unruly.twice--
		times = 2
	}
	for range times {
		select {
		case s.events <- e:
		default:
		}
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
	req.Header.Set("Stripe-Signature", Sign(e.payload, s.options.WebhookSecret, s.now()))
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
