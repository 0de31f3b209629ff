package config

import (
	"net"
	"net/netip"
	"strings"
	"time"
)

// Resolver says who is asked where the endpoints are that have a name with resolve.
type Resolver struct {
	Addresses []string      // of DNS servers, ip:port; none, which is the default: those of /etc/resolv.conf
	Timeout   time.Duration // for all that one look-up takes: 1 ms or more. Default 30 s
	Valid     time.Duration // how long an answer holds, but no less than 1 s; 0, which is the default: as it says itself
	IPv4      bool          // ask for IPv4 addresses. Default true
	IPv6      bool          // ask for IPv6 addresses. Default true
	NXDomain  string        // what becomes of endpoints whose name has gone: NXDomainRemove, which is the default, or NXDomainKeep
}

// What Resolver.NXDomain can be. An answer without addresses is one that there is no
// such name, too.
const (
	NXDomainRemove = "remove" // they go, but not the last ones of a version
	NXDomainKeep   = "keep"   // they stay, as when there is no answer
)

func defaultResolver() Resolver {
	return Resolver{Timeout: 30 * time.Second, IPv4: true, IPv6: true, NXDomain: NXDomainRemove}
}

const wantServer = "the IP address of a DNS server, with its port unless that is 53, like 10.0.0.2 or 10.0.0.2:53"

func (r *Resolver) read(v value) {
	v.object(fields{
		"addresses": may(distinct(&r.Addresses, 1, wantServer, parseServer)),
		"timeout":   may(duration(&r.Timeout, time.Millisecond)),
		"valid":     may(duration(&r.Valid, 0)),
		"ipv4":      may(boolean(&r.IPv4)),
		"ipv6":      may(boolean(&r.IPv6)),
		"nxdomain":  may(choice(&r.NXDomain, []string{NXDomainRemove, NXDomainKeep})),
	})
	if !r.IPv4 && !r.IPv6 {
		v.fail("both ipv4 and ipv6 are off: want one of them on, or there is nothing to ask for")
	}
}

func parseServer(s string) (string, bool) {
	if host, _, ok := splitAddress(s, 1); ok {
		_, err := netip.ParseAddr(host)
		return s, err == nil
	}
	bare := s
	if inner, ok := strings.CutPrefix(s, "["); ok { // as NGINX wants it
		if bare, ok = strings.CutSuffix(inner, "]"); !ok {
			return s, false
		}
	}
	ip, err := netip.ParseAddr(bare)
	return net.JoinHostPort(ip.String(), "53"), err == nil
}

func (r *Resolver) document() map[string]any {
	doc := map[string]any{"timeout": r.Timeout.String(), "valid": r.Valid.String(), "ipv4": r.IPv4, "ipv6": r.IPv6, "nxdomain": r.NXDomain}
	if len(r.Addresses) > 0 {
		doc["addresses"] = r.Addresses
	}
	return doc
}
