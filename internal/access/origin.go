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

// Network gives the address for what counts requests; of IPv6 the network of 64 bits, all of which one customer has.
func (o Origin) Network() string {
	a, err := netip.ParseAddr(o.Address)
	if err != nil {
		return o.Address
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}

func (o Origin) userAgent() string { return models.Cut(o.UserAgent, maxUserAgentRunes) }
