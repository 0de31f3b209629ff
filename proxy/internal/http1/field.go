package http1

// Kind says what a header field means to a proxy. The zero value is KindPlain.
type Kind uint8

// The kinds. KindPlain lines are always sent on, KindTrailer lines where the
// message goes on chunked, the others never as they came.
const (
	KindPlain            Kind = iota // end-to-end: copied as it came
	KindHost                         // request: checked, one, written by us
	KindContentLength                // checked, one, written by us
	KindTransferEncoding             // checked, one, written by us
	KindTrailer                      // announces trailers
	KindConnection                   // read, dropped
	KindExpect                       // request: answered by us, dropped
	KindUpgrade                      // read, written by us where an upgrade is asked for
	KindHopByHop                     // Keep-Alive, TE, HTTP2-Settings, what a proxy is told or tells (see toProxy), and what Connection names
	KindOurs                         // X-Forwarded*, Forwarded, X-Real-IP (requests), X-Weir-Version, X-Weir-Shadow, X-Weir-Read-Only: only Weir may say these
	KindTrace                        // request: traceparent, tracestate; read, then plain
	KindUnderscore                   // request: a name with "_", which many backends take for "-"
)

// Field is one header line. The slices point into the head given to Parse.
type Field struct {
	Line  []byte // the whole line as it came, CRLF included
	Name  []byte // as sent, case kept
	Value []byte // without the whitespace around it
	Kind  Kind
}

// Value returns the value of the first field called name (given in lower case,
// compared without case, RFC 9110 §5.1), or nil when there is none. It looks
// through all the fields: for a name or two per request, not for many.
func Value(fields []Field, name string) []byte {
	for i := range fields {
		if foldEqual(fields[i].Name, name) {
			return fields[i].Value
		}
	}
	return nil
}

// Next is Value for a name that may come again: it looks from fields[from] on and
// also returns where to go on, 0 when there is no further field of that name.
func Next(fields []Field, name string, from int) (value []byte, next int) {
	for i := from; i < len(fields); i++ {
		if foldEqual(fields[i].Name, name) {
			return fields[i].Value, i + 1
		}
	}
	return nil, 0
}

// read takes one field line at b[i:] and returns the index behind its CRLF, or
// -1 when it is not exactly a token, a colon, and a value without control
// bytes (RFC 9112 §5): a fold, a space before the colon and a bare CR or LF
// all end here.
func (f *Field) read(b []byte, i int) int {
	start := i
	var seen uint8
	for i < len(b) && class[b[i]]&cToken != 0 {
		seen |= class[b[i]]
		i++
	}
	if i == start || i == len(b) || b[i] != ':' {
		return -1
	}
	f.Name = b[start:i]
	for i++; i < len(b) && isOWS(b[i]); {
		i++
	}
	value := i
	i = spanValue(b, i)
	if i+1 >= len(b) || b[i] != '\r' || b[i+1] != '\n' {
		return -1
	}
	end := i
	for end > value && isOWS(b[end-1]) {
		end--
	}
	f.Value = b[value:end]
	f.Line = b[start : i+2]
	f.Kind = kindOf(f.Name)
	if seen&cUnderscore != 0 {
		f.Kind = KindUnderscore // none of the names we know has one
	}
	return i + 2
}

// kindOf recognises the names that mean something to a proxy.
func kindOf(name []byte) Kind {
	first := name[0] | 0x20
	switch len(name) {
	case 2:
		if foldEqual(name, "te") {
			return KindHopByHop
		}
	case 4:
		if foldEqual(name, "host") {
			return KindHost
		}
	case 6:
		if foldEqual(name, "expect") {
			return KindExpect
		}
	case 7:
		if first == 'u' && foldEqual(name, "upgrade") {
			return KindUpgrade
		}
		if first == 't' && foldEqual(name, "trailer") {
			return KindTrailer
		}
	case 9:
		if first == 'f' && foldEqual(name, "forwarded") || first == 'x' && foldEqual(name, "x-real-ip") {
			return KindOurs
		}
	case 10:
		if first == 'c' && foldEqual(name, "connection") {
			return KindConnection
		}
		if first == 'k' && foldEqual(name, "keep-alive") {
			return KindHopByHop
		}
		if first == 't' && foldEqual(name, "tracestate") {
			return KindTrace
		}
	case 11:
		if first == 't' && foldEqual(name, traceParent) {
			return KindTrace
		}
	case 13:
		if first == 'x' && foldEqual(name, "x-weir-shadow") {
			return KindOurs
		}
	case 14:
		if first == 'c' && foldEqual(name, "content-length") {
			return KindContentLength
		}
		if first == 'x' && foldEqual(name, "x-weir-version") {
			return KindOurs
		}
		if first == 'h' && foldEqual(name, "http2-settings") {
			return KindHopByHop
		}
	case 16:
		if first == 'x' && foldEqual(name, "x-weir-read-only") {
			return KindOurs
		}
	case 17:
		if first == 't' && foldEqual(name, "transfer-encoding") {
			return KindTransferEncoding
		}
	}
	switch {
	case first == 'x' && foldPrefix(name, "x-forwarded"):
		return KindOurs
	case first == 'p' && foldPrefix(name, "proxy-") && toProxy(name[len("proxy-"):]):
		return KindHopByHop
	}
	return KindPlain
}

// toProxy recognises, behind "Proxy-", the fields that one hop says to the next:
// those of RFC 9110 §11.7 and the old Proxy-Connection. Others, like Proxy-Status
// (RFC 9209), are for everyone.
func toProxy(name []byte) bool {
	return foldEqual(name, "connection") || foldEqual(name, "authorization") ||
		foldEqual(name, "authenticate") || foldEqual(name, "authentication-info")
}

// appendKept appends the lines that go on as they came. lines are the bytes of
// all the fields: what stands together is copied together.
func appendKept(dst, lines []byte, fields []Field, trailer bool) []byte {
	run, at := 0, 0 // lines[run:at] is kept and not yet copied
	for i := range fields {
		f := &fields[i]
		next := at + len(f.Line)
		if f.Kind != KindPlain && !(f.Kind == KindTrailer && trailer) {
			dst = append(dst, lines[run:at]...)
			run = next
		}
		at = next
	}
	return append(dst, lines[run:at]...)
}
