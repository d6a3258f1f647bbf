package graph

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/rs/cors"
)

// preflightSeconds is how long a browser may remember what an address allows; none remembers it for longer than a day.
const preflightSeconds = 7200

// shareable lets pages of the given hosts call the handler from a browser. Credentials are sent as a header and never as a
// cookie, so that a page can send none but those it was given.
func shareable(origins []string, handler http.Handler) http.Handler {
	if len(origins) == 0 {
		return handler
	}
	return cors.New(cors.Options{
		AllowOriginFunc: func(origin string) bool { return isOneOf(origins, origin) },
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"Accept", "Authorization", "Content-Type"},
		ExposedHeaders:  []string{"X-Request-Id", "Retry-After", "WWW-Authenticate"},
		MaxAge:          preflightSeconds,
	}).Handler(handler)
}

// isOneOf tells whether an origin is that of one of the hosts; those are read as they are for WebSockets.
func isOneOf(hosts []string, origin string) bool {
	from, err := url.Parse(origin)
	if err != nil || from.Host == "" {
		return false
	}
	for _, host := range hosts {
		target := from.Host
		if strings.Contains(host, "://") {
			target = from.Scheme + "://" + from.Host
		}
		if matches, err := path.Match(strings.ToLower(host), strings.ToLower(target)); err == nil && matches {
			return true
		}
	}
	return false
}
