package config

import "net/netip"

const wantNetwork = "a network like 10.0.0.0/8 or 2001:db8::/32, or one address"

// parseNetwork reads a network; one address is a network too.
func parseNetwork(s string) (string, bool) {
	p, err := netip.ParsePrefix(s)
	if a, addrErr := netip.ParseAddr(s); addrErr == nil && a.Zone() == "" {
		p, err = a.Prefix(a.BitLen())
	}
	return p.String(), err == nil && p == p.Masked() && !p.Addr().Is4In6()
}
