package http1

import "bytes"

// trailers collects the trailer section of a chunked body (RFC 9112 §7.1.2).
// It is held to the size and count of a head.
type trailers struct {
	line   []byte // the line that has not ended yet
	kept   []byte // lines that may be sent on
	size   int    // bytes seen
	fields int    // lines seen
}

// reset returns empty trailers. Unusually large memory is let go, or one long
// section would stay with a connection for its life.
func (t *trailers) reset() trailers {
	if cap(t.line)+cap(t.kept) > 4<<10 {
		return trailers{}
	}
	return trailers{line: t.line[:0], kept: t.kept[:0]}
}

// take takes bytes up to the end of a line, at most, and returns how many. It
// returns false for a bad line or a section that is too large.
func (t *trailers) take(in []byte) (n int, ok bool) {
	lf := bytes.IndexByte(in, '\n')
	n = lf + 1
	if lf < 0 {
		n = len(in)
	}
	if t.size += n; t.size > DefaultLimits.Head {
		return n, false
	}
	t.line = append(t.line, in[:n]...)
	if lf < 0 {
		return n, true
	}
	var f Field
	if t.fields++; t.fields > DefaultLimits.Fields || f.read(t.line, 0) < 0 {
		return n, false
	}
	if (f.Kind == KindPlain || f.Kind == KindTrace) && !forbidden(f.Name) {
		t.kept = append(t.kept, t.line...)
	}
	t.line = t.line[:0]
	return n, true
}

// forbiddenTrailers are the names of RFC 9110 §6.5.1 that are not special to a
// proxy already: whoever merges trailers into the head must not be fooled by
// them.
var forbiddenTrailers = [...]string{
	// authentication and state
	"authorization", "www-authenticate", "authentication-info", "cookie", "set-cookie",
	// content format
	"content-encoding", "content-type", "content-range", "content-language", "content-location",
	// request modifiers
	"cache-control", "max-forwards", "pragma", "range",
	"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
	// response control
	"age", "date", "expires", "location", "retry-after", "vary", "warning",
}

func forbidden(name []byte) bool {
	for _, f := range forbiddenTrailers {
		if foldEqual(name, f) {
			return true
		}
	}
	return false
}
