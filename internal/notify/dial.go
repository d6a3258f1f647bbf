package notify

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"tributary/internal/fault"
)

// The time limits of a call, and of what is kept open between calls.
const (
	callTimeout    = 10 * time.Second
	dialTimeout    = 5 * time.Second
	idleTimeout    = time.Minute
	idlePerHost    = 2
	maxHeaderBytes = 64 << 10
	lowestPort     = 1024 // beside those of http and https
)

// ErrAllow is returned for a list of permitted networks that cannot be read.
var ErrAllow = fault.InvalidField("TRIBUTARY_WEBHOOKS_ALLOW", "WEBHOOKS_ALLOW_INVALID", "this is not a list of networks such as 10.1.0.0/16")

// Networks are private networks that calls may go to all the same.
type Networks []netip.Prefix

// ParseNetworks reads networks in CIDR notation. Code WEBHOOKS_ALLOW_INVALID.
func ParseNetworks(texts []string) (Networks, error) {
	networks := make(Networks, len(texts))
	for i, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, ErrAllow.Because(err)
		}
		networks[i] = prefix.Masked()
	}
	return networks, nil
}

// errRefused marks an address that no call may go to.
var errRefused = errors.New("the address is refused")

// newClient makes the only client that calls addresses of others. What a name leads to is checked when the connection is
// made, so that it cannot lead elsewhere by then; there is no proxy and no redirect.
func newClient(allowed Networks) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: guard(allowed)}
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, MaxIdleConnsPerHost: idlePerHost,
			IdleConnTimeout: idleTimeout, MaxResponseHeaderBytes: maxHeaderBytes, ForceAttemptHTTP2: true},
	}
}

// guard refuses connections to anything but public addresses, and to ports below 1024 other than 80 and 443, before the
// first byte leaves.
func guard(allowed Networks) func(network, address string, _ syscall.RawConn) error {
	public := ssrf.New(ssrf.WithAnyPort())
	return func(network, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil || (network != "tcp4" && network != "tcp6") {
			return fmt.Errorf("%w: %s %s", errRefused, network, address)
		}
		ip := target.Addr().Unmap().WithZone("")
		for _, prefix := range allowed {
			if prefix.Contains(ip) {
				return nil
			}
		}
		if !isPort(target.Port()) {
			return fmt.Errorf("%w: port %d", errRefused, target.Port())
		}
		if err := public.SafeAddr(ip); err != nil {
			return fmt.Errorf("%w: %w", errRefused, err)
		}
		return nil
	}
}

func isPort(port uint16) bool { return port == 80 || port == 443 || port >= lowestPort }

// portOf reads the port of an address as it is written; an empty one is the scheme's.
func portOf(text string) (uint16, bool) {
	if text == "" {
		return 443, true
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return uint16(port), err == nil
}
