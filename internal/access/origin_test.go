package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
)

func TestNetworksOfOrigins(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"somewhere else":       "somewhere else",
	} {
		require.Equal(t, want, access.Origin{Address: address}.Network(), address)
	}
}
