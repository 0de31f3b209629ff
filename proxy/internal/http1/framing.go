package http1

import "math"

// Framing says where a body ends (RFC 9112 §6.3). The zero value is NoBody.
type Framing uint8

// The framings. A request is never UntilClose.
const (
	NoBody     Framing = iota // nothing follows the head
	Length                    // Content-Length bytes follow; may be 0
	Chunked                   // chunks follow
	UntilClose                // all bytes until the connection closes
)

// String returns "none", "length", "chunked" or "until close".
func (f Framing) String() string {
	switch f {
	case NoBody:
		return "none"
	case Length:
		return "length"
	case Chunked:
		return "chunked"
	default:
		return "until close"
	}
}

// declared collects what a head says about its body.
type declared struct {
	lengths, codings int    // lines seen
	length           []byte // Content-Length value
	coding           []byte // Transfer-Encoding value
}

// declaration is what the fields of declared come to.
type declaration uint8

const (
	declaredNothing declaration = iota
	declaredLength
	declaredChunked
	declaredUnknown // well-formed codings that we do not speak
	declaredBad     // two readers could see two bodies
)

// resolve decides the framing for a message of HTTP/1.minor; length is -1 when
// none is declared. Content-Length beside Transfer-Encoding, or two of either
// even when equal, is how smuggling begins: never accepted (RFC 9112 §6.3).
func (d *declared) resolve(minor int) (what declaration, length int64) {
	switch {
	case d.lengths == 0 && d.codings == 0:
		return declaredNothing, -1
	case d.lengths+d.codings > 1:
		return declaredBad, -1
	case d.codings == 1:
		if minor == 0 {
			return declaredBad, -1 // RFC 9112 §6.1
		}
		return codings(d.coding), -1
	}
	n, ok := contentLength(d.length)
	if !ok {
		return declaredBad, -1
	}
	return declaredLength, n
}

// contentLength reads 1*DIGIT up to the largest int64 (RFC 9110 §8.6).
func contentLength(v []byte) (n int64, ok bool) {
	for _, c := range v {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 || n > (math.MaxInt64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, len(v) > 0
}

// codings reads a Transfer-Encoding value. Only "chunked" alone is spoken.
func codings(v []byte) declaration {
	var count, chunked int
	last := false // the element before is "chunked"
	for rest, more := v, true; more; {
		var element []byte
		element, rest = cutElement(rest)
		more = rest != nil // an empty element is a fault here, also the last
		name := element[:span(element, 0, cToken)]
		params := trimOWS(element[len(name):])
		if len(name) == 0 || len(params) > 0 && params[0] != ';' {
			return declaredBad
		}
		last = foldEqual(name, "chunked")
		if last {
			chunked++
		}
		if last && len(params) > 0 || foldEqual(name, "identity") {
			return declaredBad // RFC 9112 §7.1: chunked has no parameters; §7: identity is gone
		}
		count++
	}
	switch {
	case chunked > 1 || chunked == 1 && !last:
		return declaredBad
	case chunked == 1 && count == 1:
		return declaredChunked
	default:
		return declaredUnknown
	}
}
