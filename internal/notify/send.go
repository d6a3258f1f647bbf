package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"tributary/models"
)

const (
	testType         = "endpoint.test" // of what Test sends
	envelopeVersion  = 1
	userAgent        = "Tributary-Webhooks/1"
	maxResponseBytes = 1000 // of an answer's body, to be kept; more is not read
)

// Envelope is the body of a webhook: an event as the API tells it.
type Envelope struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	Timestamp    time.Time       `json:"timestamp"` // of the event
	Number       int64           `json:"number"`
	Version      int             `json:"version"` // of this form
	ProgramID    string          `json:"programId"`
	EnrollmentID *string         `json:"enrollmentId"`
	Data         json.RawMessage `json:"data"`
}

func envelope(v models.Event) (string, error) {
	body := Envelope{ID: v.ID.Format(models.PrefixEvent), Type: v.Type, Timestamp: v.OccurredAt, Number: v.Number, Version: envelopeVersion,
		ProgramID: v.ProgramID.Format(models.PrefixProgram), Data: json.RawMessage(v.Data)}
	if v.EnrollmentID != nil {
		id := v.EnrollmentID.Format(models.PrefixEnrollment)
		body.EnrollmentID = &id
	}
	text, err := json.Marshal(body)
	return string(text), err
}

// outcome is what a call came to. Without a failure it was answered with 2xx.
type outcome struct {
	status   int
	latency  time.Duration
	failure  models.DeliveryFailure
	response string
}

// send makes one call. An error is not the receiver's: the call was not made, or given up.
func (s *Service) send(work context.Context, e models.WebhookEndpoint, p parcel) (outcome, error) {
	ctx, cancel := context.WithTimeout(work, callTimeout)
	defer cancel()
	request, err := s.request(ctx, e, p.event)
	if errors.Is(err, errSecretLost) {
		return outcome{failure: models.DeliveryFailureSecret}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	begun := s.db.Now()
	response, err := s.client.Do(request)
	if err != nil && work.Err() != nil {
		return outcome{}, work.Err()
	}
	if err != nil {
		return outcome{latency: s.db.Now().Sub(begun), failure: failureOf(err)}, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	o := outcome{status: response.StatusCode, latency: s.db.Now().Sub(begun), response: readable(body)}
	switch {
	case o.status/100 == 3:
		o.failure = models.DeliveryFailureRedirect
	case o.status/100 != 2:
		o.failure = models.DeliveryFailureStatus
	case err != nil:
		o.failure = failureOf(err)
	}
	return o, nil
}

// request builds the call: a signed POST of the event, or the address with the event's values.
func (s *Service) request(ctx context.Context, e models.WebhookEndpoint, v models.Event) (*http.Request, error) {
	if e.EnrollmentID != nil {
		var err error
		if v, err = forPartner(v); err != nil {
			return nil, err
		}
	}
	if e.Kind == models.EndpointKindPostback {
		address, err := expand(e.URL, v)
		if err != nil {
			return nil, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("build postback: %w", err)
		}
		r.Header.Set("User-Agent", userAgent)
		return r, nil
	}
	body, err := envelope(v)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build webhook: %w", err)
	}
	if s.vault == nil {
		return nil, ErrNoVault
	}
	id, now := v.ID.Format(models.PrefixEvent), s.db.Now()
	signed, err := signatures(s.vault, e, now, id, body)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "User-Agent": userAgent, "webhook-id": id,
		"webhook-timestamp": strconv.FormatInt(now.Unix(), 10), "webhook-signature": signed} {
		r.Header.Set(name, value)
	}
	return r, nil
}

// failureOf puts an error of the connection into one word: its text may tell what is inside our network.
func failureOf(err error) models.DeliveryFailure {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		unknown     x509.UnknownAuthorityError
		record      tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, errRefused):
		return models.DeliveryFailureAddress
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return models.DeliveryFailureTimeout
	case errors.As(err, &name):
		return models.DeliveryFailureName
	case errors.As(err, &certificate), errors.As(err, &unknown), errors.As(err, &record):
		return models.DeliveryFailureTLS
	}
	return models.DeliveryFailureConnection
}

// readable keeps of a body what may stand in a text.
func readable(body []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(body), "\uFFFD"), "\x00", "\uFFFD")
}
