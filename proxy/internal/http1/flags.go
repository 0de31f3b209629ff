package http1

import "bytes"

// What only Weir may say of decisions of flags: the names of fields, and of entries of
// baggage (W3C Baggage), that begin so.
const (
	flagField = "x-flag-"
	flagEntry = "flag."
)

// FlagField begins the line that says the decision of a flag, FlagEntry the entry of
// baggage that does.
const (
	FlagField = "X-Flag-"
	FlagEntry = flagEntry
)

const baggage = "baggage"

// WithFlags returns edits that do what e does and take out, besides, what a client says
// of flags: fields X-Flag-*. With rewritten the field baggage is taken out, too, for
// AppendBaggage writes it anew. e may be nil.
func (e *Edits) WithFlags(rewritten bool) *Edits {
	next := &Edits{flags: true}
	if e != nil {
		*next = *e
		next.flags = true
	}
	if rewritten && !next.Drops(baggage) {
		next.baggage = true
	}
	return next
}

// TakesBaggage says that the client's baggage is taken out in order to be written anew.
func (e *Edits) TakesBaggage() bool { return e != nil && e.baggage }

// The bounds of baggage, as far as everybody has to take it (W3C Baggage §3.3.2).
const (
	mostEntries = 64
	mostBaggage = 8192
)

// AppendBaggage appends a line of baggage: the entries that the client sent, without
// those of flags, and then own, so many entries with commas between them. Of the client's
// it has as many as fit within the bounds. kept says whether any of the client's may go
// on.
func AppendBaggage(dst []byte, r *Request, kept bool, own []byte, count int) []byte {
	begin := len(dst)
	dst = append(dst, "baggage: "...)
	empty := len(dst)
	room, entries := mostBaggage-len(own), mostEntries-count
	for i := range r.Fields {
		f := &r.Fields[i]
		if !kept || f.Kind != KindPlain || !foldEqual(f.Name, baggage) {
			continue
		}
		for rest := f.Value; len(rest) > 0; {
			var entry []byte
			entry, rest, _ = bytes.Cut(rest, comma)
			entry = trimOWS(entry)
			if len(entry) == 0 || saysFlag(entry) {
				continue
			}
			if entries == 0 || len(dst)-empty+len(entry)+1 > room {
				continue // a shorter one may fit
			}
			entries--
			dst = append(append(dst, entry...), ',')
		}
	}
	dst = append(dst, own...)
	if len(dst) == empty {
		return dst[:begin]
	}
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, "\r\n"...)
}

var comma = []byte{','}

// saysFlag reports whether an entry is one of flags to any of those who read baggage. Many
// decode names, which have no encoding there, and cut off what is space to them, a plus
// and bytes beyond ASCII among it; some fold case.
func saysFlag(entry []byte) bool {
	c, n := decoded(entry)
	for n > 0 && (c <= ' ' || c >= 0x7f || c == '+') {
		entry = entry[n:]
		c, n = decoded(entry)
	}
	for i := range len(flagEntry) {
		if c, n = decoded(entry); n == 0 || lower(c) != flagEntry[i] {
			return false
		}
		entry = entry[n:]
	}
	return true
}

// decoded is the first byte of b, percent-decoded, and how many it takes; 0: b is empty.
func decoded(b []byte) (c byte, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if b[0] == '%' && len(b) > 2 {
		if high, low := hexDigit(b[1]), hexDigit(b[2]); high >= 0 && low >= 0 {
			return byte(high<<4 | low), 3
		}
	}
	return b[0], 1
}

// AppendBaggageValue appends the value of an entry, percent-encoded where it has bytes
// that such a one cannot have (W3C Baggage §3.2.2).
func AppendBaggageValue(dst []byte, value string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		c := value[i]
		if c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\' || c == '%' {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}
