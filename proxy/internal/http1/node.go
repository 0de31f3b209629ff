package http1

import (
	"bytes"
	"net/netip"
	"unsafe"
)

// element is one element of a Forwarded value, as far as it is read.
type element struct{ node, proto []byte }

// readElement reads one element (RFC 7239 §4) and returns what is behind its comma.
func readElement(in []byte) (e element, rest []byte, ok bool) {
	for {
		in = trimOWS(in)
		if len(in) == 0 {
			return e, nil, true
		}
		if in[0] == ',' {
			return e, in[1:], true
		}
		if in[0] == ';' {
			in = in[1:]
			continue
		}
		n := span(in, 0, cToken)
		if n == 0 || n == len(in) || in[n] != '=' {
			return e, nil, false
		}
		name := in[:n]
		var value []byte
		if value, in, ok = readParameter(in[n+1:]); !ok {
			return e, nil, false
		}
		if in = trimOWS(in); len(in) > 0 && in[0] != ';' && in[0] != ',' {
			return e, nil, false
		}
		dst := &e.node
		switch {
		case foldEqual(name, "for"):
		case foldEqual(name, "proto"):
			dst = &e.proto
		default:
			continue
		}
		if *dst != nil {
			return e, nil, false // once in an element
		}
		*dst = value
	}
}

// readParameter reads a token or a quoted string. One with a backslash comes back
// as it is: no address and no scheme has one.
func readParameter(in []byte) (value, rest []byte, ok bool) {
	if len(in) == 0 || in[0] != '"' {
		n := span(in, 0, cToken)
		return in[:n], in[n:], n > 0
	}
	for i := 1; i < len(in); i++ {
		switch in[i] {
		case '\\':
			i++
		case '"':
			return in[1:i], in[i+1:], true
		}
	}
	return nil, nil, false
}

// readable reports whether a Forwarded value keeps to its grammar.
func readable(value []byte) bool {
	ok := true
	for len(value) > 0 && ok {
		_, value, ok = readElement(value)
	}
	return ok
}

// forwarded walks along the elements of all Forwarded lines and returns the scheme
// that the client's element names.
func (w *walk) forwarded(r *Request) (proto string) {
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Kind != KindOurs || !foldEqual(f.Name, "forwarded") {
			continue
		}
		for value := f.Value; len(value) > 0; {
			var e element
			e, value, _ = readElement(value)
			addr, ok := parseNode(e.node)
			if w.see(addr, ok) {
				proto = schemeOf(e.proto)
			}
		}
	}
	if !w.known {
		return ""
	}
	return proto
}

// parseNode reads an address with or without a port: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1] and [2001:db8::1]:80. "unknown" and made-up names are
// none (RFC 7239 §6.2 and §6.3).
func parseNode(b []byte) (netip.Addr, bool) {
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 || !validNodePort(b[end+1:]) {
			return netip.Addr{}, false
		}
		a, ok := parseAddr(b[1:end])
		return a, ok && bytes.IndexByte(b[1:end], ':') >= 0
	}
	if i := bytes.IndexByte(b, ':'); i >= 0 && bytes.IndexByte(b[i+1:], ':') < 0 {
		if !validNodePort(b[i:]) {
			return netip.Addr{}, false
		}
		b = b[:i]
	}
	return parseAddr(b)
}

// validNodePort takes nothing, a port, or a made-up port (RFC 7239 §6).
func validNodePort(b []byte) bool {
	if len(b) > 1 && b[0] == ':' && b[1] == '_' {
		return span(b, 1, cToken) == len(b)
	}
	return validPort(b)
}

// parseAddr reads an address without a zone; IPv4 in IPv6 comes back as IPv4.
func parseAddr(b []byte) (netip.Addr, bool) {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")
	if len(b) == 0 || len(b) > longest {
		return netip.Addr{}, false
	}
	for _, c := range b { // so that what is no address costs no error value
		if c != '.' && c != ':' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(unsafe.String(&b[0], len(b))) // keeps nothing of it but in an error
	return a.Unmap(), err == nil
}
