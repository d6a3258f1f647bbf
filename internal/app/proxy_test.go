package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
)

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	trusted, err := parseProxies([]string{"10.0.0.0/8", " 192.0.2.1", "fd00::/8"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy":                          {"203.0.113.9:1", nil, "203.0.113.9"},
		"nobody we trust":                   {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"a proxy":                           {"10.1.2.3:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a proxy that says nothing":         {"10.1.2.3:1", nil, "10.1.2.3"},
		"what the client wrote itself":      {"10.1.2.3:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		"a chain":                           {"10.1.2.3:1", []string{"1.1.1.1, 198.51.100.1, 192.0.2.1, 10.9.9.9"}, "198.51.100.1"},
		"a chain over two headers":          {"10.1.2.3:1", []string{"1.1.1.1, 198.51.100.1", "192.0.2.1"}, "198.51.100.1"},
		"proxies all the way":               {"10.1.2.3:1", []string{"10.0.0.1"}, "10.0.0.1"},
		"nonsense":                          {"10.1.2.3:1", []string{"198.51.100.1, unknown"}, "10.1.2.3"},
		"a port":                            {"10.1.2.3:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                              {"[fd00::1]:1", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		"an IPv4 address in IPv6 by proxy":  {"[::ffff:10.1.2.3]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"a connection that has no address ": {"@", []string{"198.51.100.1"}, "@"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			for _, text := range c.forwarded {
				r.Header.Add("X-Forwarded-For", text)
			}
			require.Equal(t, c.want, trusted.clientOf(r))
			require.Equal(t, c.remote, r.RemoteAddr)
			var nobody proxies
			r.Header.Set("X-Forwarded-For", "198.51.100.1")
			require.NotEqual(t, "198.51.100.1", nobody.clientOf(r))
		})
	}
	for _, text := range []string{"", "10.0.0.0/33", "somewhere", "::ffff:10.0.0.0/104"} {
		_, err := parseProxies([]string{text})
		require.Equal(t, "PROXY_INVALID", fault.CodeOf(err), text)
	}
}
