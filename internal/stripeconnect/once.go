package stripeconnect

import (
	"context"
	"net/http"

	"tributary/internal/payout"
)

// once makes Go's HTTP transport send a write at most once, and notes what was answered. By itself the transport sends a
// request again, unseen, when a kept connection breaks and the request carries an Idempotency-Key; then an attempt would
// be two calls, and only one of them on record. A request whose body cannot be had again is not repeated once a byte of
// it has left.
type once struct{ http.RoundTripper }

// RoundTrip sends the request.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		r = r.Clone(r.Context())
		r.GetBody = nil
	}
	response, err := o.RoundTripper.RoundTrip(r)
	if call, ok := r.Context().Value(noted{}).(*payout.Call); ok && err == nil {
		*call = payout.Call{HTTPStatus: response.StatusCode, RequestID: response.Header.Get("Request-Id"),
			Replayed: response.Header.Get("Idempotent-Replayed") == "true"}
	}
	return response, err
}

// noted is the context key of the note. The library keeps status and headers of most answers, but not of those it cannot
// read, and these are the ones that matter most when an outcome is not known.
type noted struct{}

func note(ctx context.Context) (context.Context, *payout.Call) {
	call := &payout.Call{}
	return context.WithValue(ctx, noted{}, call), call
}
