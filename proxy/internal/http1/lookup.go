package http1

import "bytes"

// cookie returns the value of the first cookie called name (in lower case, compared
// without case, as NGINX does), nil when there is none. Cookies are pairs with ";"
// between them (RFC 6265 §4.2.1); what has no "=" is no cookie.
func cookie(fields []Field, name string) []byte {
	for line, next := Next(fields, "cookie", 0); next > 0; line, next = Next(fields, "cookie", next) {
		for len(line) > 0 {
			var pair []byte
			pair, line, _ = bytes.Cut(line, semicolon)
			of, value, ok := bytes.Cut(bytes.Trim(pair, " \t"), equals)
			if ok && isNamed(of, name) {
				return value
			}
		}
	}
	return nil
}

// parameter is the same for the parameters of a query: pairs with "&" between them,
// not decoded.
func parameter(query []byte, name string) []byte {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, ampersand)
		of, value, ok := bytes.Cut(pair, equals)
		if ok && isNamed(of, name) {
			return value
		}
	}
	return nil
}

// isNamed compares with a name in lower case, without case.
func isNamed(b []byte, lower string) bool {
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
