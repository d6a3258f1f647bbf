package stripeconnect

import "net/http"

// once makes Go's HTTP transport send a write at most once. By itself the transport sends a request again, unseen, when
// a kept connection breaks and the request carries an Idempotency-Key; then an attempt would be two calls, and only one
// of them on record. A request whose body cannot be had again is not repeated once a byte of it has left.
type once struct{ http.RoundTripper }

// RoundTrip sends the request.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		r = r.Clone(r.Context())
		r.GetBody = nil
	}
	return o.RoundTripper.RoundTrip(r)
}
