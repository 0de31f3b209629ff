// Package lookup finds values by their names in what requests say: cookies, and the
// parameters of a query. Names are in lower case and compared without case, as NGINX
// does.
//
// It knows how pairs are written. It must not know messages, or what a value is for.
package lookup

import "bytes"

// Cookie finds the first cookie called name in a Cookie line: pairs with ";" between
// them (RFC 6265 §4.2.1); what has no "=" is no cookie.
func Cookie(line []byte, name string) (value []byte, ok bool) {
	return find(line, semicolon, name)
}

// Parameter finds the first parameter called name in a query: pairs with "&" between
// them, not decoded. One without "=" has no value and is not found.
func Parameter(query []byte, name string) (value []byte, ok bool) {
	return find(query, ampersand, name)
}

func find(pairs, between []byte, name string) ([]byte, bool) {
	for len(pairs) > 0 {
		var pair []byte
		pair, pairs, _ = bytes.Cut(pairs, between)
		of, value, ok := bytes.Cut(bytes.Trim(pair, " \t"), equals)
		if ok && IsNamed(of, name) {
			return value, true
		}
	}
	return nil, false
}

// IsNamed compares with a name in lower case, without case.
func IsNamed(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

var (
	ampersand = []byte("&")
	equals    = []byte("=")
	semicolon = []byte(";")
)
