package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"tributary/internal/fault"
)

// proxies are the networks whose word is taken for where a request comes from.
type proxies []netip.Prefix

// parseProxies reads networks in CIDR notation, or single addresses. Code PROXY_INVALID.
func parseProxies(texts []string) (proxies, error) {
	var p proxies
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if a, err := netip.ParseAddr(text); err == nil {
			p = append(p, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Addr().Is4In6() {
			return nil, fault.InvalidField("TRIBUTARY_TRUSTED_PROXIES", "PROXY_INVALID", "%q is no network such as 10.0.0.0/8", text)
		}
		p = append(p, network)
	}
	return p, nil
}

func (p proxies) trust(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// clientOf gives the address that a request comes from: that of the connection, or, of one from a trusted proxy, the last in
// X-Forwarded-For that is none of them. What stands before it anybody may have written.
func (p proxies) clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	client, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	client = client.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trust(client); i-- {
		hop, err := addressIn(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop
	}
	return client.String()
}

// addressIn reads an entry of X-Forwarded-For; some proxies write the port too.
func addressIn(text string) (netip.Addr, error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap(), nil
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap(), err
}

// before lets a handler see the client's address as that of the connection.
func (p proxies) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := *r
		seen.RemoteAddr = net.JoinHostPort(p.clientOf(r), "0")
		next.ServeHTTP(w, &seen)
	})
}
