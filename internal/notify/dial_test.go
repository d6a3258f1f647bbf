package notify

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCallsGoToPublicAddressesOnly(t *testing.T) {
	check := guard(nil)
	for _, address := range []string{"127.0.0.1:443", "127.8.8.8:443", "[::1]:443", "10.0.0.1:443", "172.16.0.1:443", "192.168.1.1:443", "169.254.169.254:80",
		"100.64.0.1:443", "0.0.0.0:443", "[::]:443", "224.0.0.1:443", "255.255.255.255:443", "[fe80::1]:443", "[fc00::1]:443", "[fd00:ec2::254]:80", "[ff02::1]:443",
		"[::ffff:127.0.0.1]:443", "[::ffff:10.0.0.1]:443", "[64:ff9b::7f00:1]:443", "[2002:7f00:1::]:443", "192.0.2.1:443", "8.8.8.8:22", "8.8.8.8:25", "8.8.8.8:1023", "nonsense"} {
		require.ErrorIs(t, check("tcp4", address, nil), errRefused, address)
	}
	for _, address := range []string{"8.8.8.8:443", "8.8.8.8:80", "1.1.1.1:1024", "[2606:4700::1111]:443"} {
		require.NoError(t, check("tcp6", address, nil), address)
	}
	require.ErrorIs(t, check("udp4", "8.8.8.8:443", nil), errRefused)

	opened := guard(Networks{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")})
	require.NoError(t, opened("tcp4", "10.1.2.3:8080", nil))
	require.NoError(t, opened("tcp6", "[::ffff:10.1.2.3]:443", nil))
	require.NoError(t, opened("tcp6", "[::1]:443", nil))
	require.ErrorIs(t, opened("tcp4", "10.2.2.3:443", nil), errRefused)
	_, err := ParseNetworks([]string{"10.1.0.0"})
	require.ErrorIs(t, err, ErrAllow)
}

// What a name leads to is looked at when the connection is made: localhost passes every check of the address as written.
func TestANameThatLeadsInsideIsRefused(t *testing.T) {
	_, err := newClient(nil).Get("http://localhost:8080/")
	require.ErrorIs(t, err, errRefused)
}
