package stripeconnect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"strings"

	"tributary/internal/limiter"
	"tributary/internal/payout"
)

// guard is what every request passes on its way out. It lets nothing go to another host than the configured one, no
// write without a departed token and a key of ours, and no read without a token, which it takes itself. It sends a write
// at most once: by itself Go's transport sends a request again, unseen, when a kept connection breaks and the request
// carries an Idempotency-Key; then an attempt would be two calls, and only one of them on record. A request whose body
// cannot be had again is not repeated once a byte of it has left. It notes what was answered, and hands a refusal for
// the rail's limits on to the gate.
type guard struct {
	next   http.RoundTripper
	scheme string
	host   string
	gate   limiter.Gate
	log    *slog.Logger
}

// keyPrefix begins every idempotency key of ours. The library makes one up where there is none: useless, since nobody keeps it.
const keyPrefix = "tributary:"

// The refusals of the guard: nothing has left.
var (
	errHost    = errors.New("stripeconnect: a request to another host is refused")
	errNoToken = errors.New("stripeconnect: a write without a token is refused")
	errNoKey   = errors.New("stripeconnect: a write without a key of ours is refused")
)

// RoundTrip sends the request.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	isWrite := r.Method != http.MethodGet
	token, err := g.admit(r, isWrite)
	if err != nil {
		g.log.Error("a call to Stripe is refused here", "method", r.Method, "path", r.URL.Path, "error", err)
		return nil, err
	}
	if isWrite {
		r = r.Clone(r.Context())
		r.GetBody = nil
	}
	response, err := g.next.RoundTrip(told(r, token))
	g.report(r, response, err)
	if err != nil {
		return nil, err
	}
	if call, ok := r.Context().Value(noted{}).(*payout.Call); ok {
		*call = payout.Call{HTTPStatus: response.StatusCode, RequestID: response.Header.Get("Request-Id"),
			Replayed: response.Header.Get("Idempotent-Replayed") == "true"}
	}
	if response.StatusCode == http.StatusTooManyRequests {
		return response, g.pushback(r.Context(), response)
	}
	return response, nil
}

// admit gives the token that the request leaves with.
func (g guard) admit(r *http.Request, isWrite bool) (limiter.Token, error) {
	if r.URL.Scheme != g.scheme || r.URL.Host != g.host {
		return nil, errHost
	}
	if !isWrite {
		token, err := g.gate.Take(r.Context(), limiter.Reads, "")
		if err != nil {
			return nil, err
		}
		defer token.Release()
		return token, token.Depart(r.Context())
	}
	if !strings.HasPrefix(r.Header.Get("Idempotency-Key"), keyPrefix) {
		return nil, errNoKey
	}
	token := limiter.From(r.Context())
	if token == nil || !token.Spend() {
		return nil, errNoToken
	}
	return token, nil
}

// told tells the token when the request has been written.
func told(r *http.Request, token limiter.Token) *http.Request {
	ctx := r.Context()
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { token.Sent(ctx) }}
	return r.WithContext(httptrace.WithClientTrace(ctx, trace))
}

// report logs a call: never its body, its parameters or its credentials.
func (g guard) report(r *http.Request, response *http.Response, err error) {
	fields := []any{"method", r.Method, "path", r.URL.Path}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		fields = append(fields, "key", key)
	}
	if err != nil {
		g.log.Warn("call to Stripe without an answer", append(fields, "error", err)...)
		return
	}
	fields = append(fields, "status", response.StatusCode)
	for _, name := range []string{"Request-Id", "Idempotent-Replayed", "Stripe-Should-Retry", reasonHeader} {
		if value := response.Header.Get(name); value != "" {
			fields = append(fields, strings.ReplaceAll(strings.ToLower(name), "-", "_"), value)
		}
	}
	level := slog.LevelDebug
	switch {
	case response.StatusCode >= http.StatusBadRequest:
		level = slog.LevelWarn
	case r.Method != http.MethodGet:
		level = slog.LevelInfo
	}
	g.log.Log(r.Context(), level, "call to Stripe", fields...)
}

const (
	reasonHeader    = "Stripe-Rate-Limited-Reason"
	maxRefusalBytes = 64 << 10
)

// pushback tells the gate of a refusal for the limits. One because an object is locked comes with the same status and says
// nothing about them.
func (g guard) pushback(ctx context.Context, response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRefusalBytes))
	if err != nil {
		return fmt.Errorf("read refusal: %w", errors.Join(err, response.Body.Close()))
	}
	_ = response.Body.Close() // all that is wanted of it is read
	response.Body = io.NopCloser(bytes.NewReader(body))
	reason := response.Header.Get(reasonHeader)
	if reason != "" || !bytes.Contains(body, []byte(`"lock_timeout"`)) {
		g.gate.Pushback(ctx, reason)
	}
	return nil
}

// noted is the context key of the note. The library keeps status and headers of most answers, but not of those it cannot
// read, and these are the ones that matter most when an outcome is not known.
type noted struct{}

func note(ctx context.Context) (context.Context, *payout.Call) {
	call := &payout.Call{}
	return context.WithValue(ctx, noted{}, call), call
}
