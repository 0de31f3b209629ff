package http1

import (
	"encoding/binary"
	"math/bits"
)

// Classes of bytes. One table answers every "may this byte stand here".
const (
	cToken      uint8 = 1 << iota // tchar, RFC 9110 §5.6.2
	cTarget                       // request target: no control, space or "#"; bytes from 0x80 pass (RFC 9112 §3.2 leaves their form to the origin)
	cValue                        // field value and reason phrase: field-vchar, obs-text, SP, HTAB (RFC 9110 §5.5)
	cHost                         // reg-name without "%" and "," (RFC 3986 §3.2.2): both are only seen in attacks
	cUnderscore                   // "_" in a field name
)

var class = classTable()

func classTable() (t [256]uint8) {
	for c := range 256 {
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if alnum {
			t[c] |= cToken | cHost
		}
		if c > ' ' && c != 0x7f && c != '#' {
			t[c] |= cTarget
		}
		if c >= ' ' && c != 0x7f || c == '\t' {
			t[c] |= cValue
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] |= cToken
	}
	for _, c := range []byte("-._~!$&'()*+;=") {
		t[c] |= cHost
	}
	t['_'] |= cUnderscore
	return t
}

// span returns the first index from i on whose byte is not of class want.
func span(b []byte, i int, want uint8) int {
	for i < len(b) && class[b[i]]&want != 0 {
		i++
	}
	return i
}

// spanValue is span for cValue, eight bytes at a time: values are most of a
// head.
func spanValue(b []byte, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		del := x ^ 0x7f*ones
		// A high bit per byte below 0x20 or equal to 0x7f. Borrows can only
		// set wrong bits above a right one, and the lowest is what we take.
		m := ((x-0x20*ones)&^x | (del-ones)&^del) & highs
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if b[i] != '\t' {
			return i
		}
		i++
	}
	return span(b, i, cValue)
}

// isOWS reports optional whitespace (RFC 9110 §5.6.3).
func isOWS(c byte) bool { return c == ' ' || c == '\t' }

// trimOWS cuts optional whitespace on both sides.
func trimOWS(b []byte) []byte {
	for len(b) > 0 && isOWS(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isOWS(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// isToken reports whether b is a token (RFC 9110 §5.6.2).
func isToken(b []byte) bool { return len(b) > 0 && span(b, 0, cToken) == len(b) }

// foldEqual compares a token with a lower-case name, without case. Letters,
// digits and "-" are the only bytes of such names, and no other token byte
// becomes one of them by setting bit 0x20.
func foldEqual(token []byte, lower string) bool {
	return len(token) == len(lower) && foldPrefix(token, lower)
}

// foldPrefix reports whether a token begins with a lower-case prefix.
func foldPrefix(token []byte, lower string) bool {
	if len(token) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if token[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}
