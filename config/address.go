package config

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
)

// splitAddress takes host:port apart. The port is from least to 65535, an IPv6
// host stands in brackets and comes back without them.
func splitAddress(s string, least int) (host string, port int, ok bool) {
	host, digits, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, false
	}
	port, ok = parseInt(digits)
	if !ok || port < least || port > 65535 {
		return "", 0, false
	}
	// SplitHostPort also takes brackets off what needs none.
	return host, port, (s[0] == '[') == strings.Contains(host, ":")
}

// hostLabels allows the underscore, which container networks use.
var hostLabels = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$`)

var allDigits = regexp.MustCompile(`^[0-9]+$`)

// isHost reports whether s is an IP address or a host name. A name whose last
// label is a number is a mistyped address (RFC 3696 section 2).
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(s) <= 253 && hostLabels.MatchString(s) && !allDigits.MatchString(last)
}

// sameAddress is one spelling for all spellings of an address: lower case, IP
// addresses in their shortest form, every address as the empty host.
func sameAddress(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return s
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
		if ip.IsUnspecified() {
			host = ""
		}
	}
	return strings.ToLower(net.JoinHostPort(host, port))
}

// isLoopback reports whether only this machine can reach host.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return strings.EqualFold(host, "localhost")
	}
	return ip.Unmap().IsLoopback()
}
