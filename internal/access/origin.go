package access

import (
	"net/netip"

	"tributary/models"
)

const maxUserAgentRunes = 200

// Origin is where a request comes from, as the server that took it says. The zero value is no request: a command, or a test.
type Origin struct {
	Address   string // of the network, without the port
	UserAgent string
}

// address gives the network address in its one spelling; empty for what is none.
func (o Origin) address() string {
	a, err := netip.ParseAddr(o.Address)
	if err != nil {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// Network gives the IPv4 address, or the /64 of an IPv6 address, which is what one customer of a provider has; what is no address
// as it is.
func (o Origin) Network() string {
	a, err := netip.ParseAddr(o.address())
	if err != nil {
		return o.Address
	}
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}

func (o Origin) userAgent() string { return models.Cut(o.UserAgent, maxUserAgentRunes) }
