package http1

// trace is what the fields of a request say of the trace it belongs to (W3C Trace
// Context, https://www.w3.org/TR/trace-context/).
type trace struct {
	fields  int // traceparent and tracestate lines
	parents int // traceparent lines
	at      int // place of the last of these in Fields
}

// note remembers one of the fields. Unless DropTrace is called it goes on as it
// came: a proxy that makes no spans is invisible.
func (t *trace) note(f *Field, at int) {
	f.Kind = KindPlain
	t.fields++
	if len(f.Name) == len(traceParent) {
		t.parents++
		t.at = at
	}
}

const traceParent = "traceparent"

// id returns the trace id that goes on with the request, nil when there is none:
// no field, more than one, one that is not valid or that Connection names.
func (t *trace) id(fields []Field) []byte {
	if t.parents != 1 || fields[t.at].Kind != KindPlain {
		return nil
	}
	return TraceID(fields[t.at].Value)
}

// TraceParent returns the one traceparent that goes on with the request, nil when
// TraceID is.
func (r *Request) TraceParent() []byte {
	if r.TraceID == nil {
		return nil
	}
	return r.Fields[r.trace.at].Value
}

// TraceParentSize is the length of a traceparent of version 00.
const TraceParentSize = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

// TraceID returns the 32 digits of a traceparent's trace id, nil when the value is
// not valid. A version above 00 may have more behind what 00 has, after a "-".
func TraceID(v []byte) []byte {
	if len(v) < TraceParentSize || v[2] != '-' || v[35] != '-' || v[52] != '-' {
		return nil
	}
	version, id, parent, flags := v[:2], v[3:35], v[36:52], v[53:55]
	switch {
	case !lowerHex(version) || !lowerHex(id) || !lowerHex(parent) || !lowerHex(flags):
		return nil
	case string(version) == "ff" || zeros(id) || zeros(parent):
		return nil
	case len(v) > TraceParentSize && (string(version) == "00" || v[TraceParentSize] != '-'):
		return nil
	}
	return id
}

func lowerHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != '0' {
			return false
		}
	}
	return true
}

// DropTrace takes traceparent and tracestate out of what is sent on: for whoever
// begins another trace. A state means nothing without its parent.
func (r *Request) DropTrace() {
	r.TraceID = nil
	if r.trace.fields == 0 {
		return
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; f.Kind == KindPlain && kindOf(f.Name) == KindTrace {
			f.Kind = KindOurs
		}
	}
}

// DropTraceParent takes traceparent alone out of what is sent on: for whoever puts a span
// of the same trace in its place, under which the state still holds.
func (r *Request) DropTraceParent() {
	for i := range r.Fields {
		if f := &r.Fields[i]; f.Kind == KindPlain && len(f.Name) == len(traceParent) && kindOf(f.Name) == KindTrace {
			f.Kind = KindOurs
		}
	}
}

// Sampled reports whether a valid traceparent has the flag that its caller records it.
func Sampled(parent []byte) bool {
	digit := parent[54]
	if digit > '9' {
		digit -= 'a' - 10
	}
	return digit&1 == 1
}

// AppendSpanID appends the digits of a span's number.
func AppendSpanID(dst []byte, span uint64) []byte { return appendHex(dst, span|1) }

// AppendTraceParent appends a traceparent for the trace and span of these numbers,
// not sampled: nobody here has decided that it should be.
func AppendTraceParent(dst []byte, high, low, span uint64) []byte {
	dst = append(dst, "00-"...)
	dst = appendHex(dst, high)
	dst = appendHex(dst, low|1) // none of them may be 0
	dst = append(dst, '-')
	dst = appendHex(dst, span|1)
	return append(dst, "-00"...)
}

// AppendChildTrace appends a traceparent for another span of the trace of parent, which
// is a valid one, under the same flags.
func AppendChildTrace(dst, parent []byte, span uint64) []byte {
	dst = append(dst, "00-"...)
	dst = append(append(dst, TraceID(parent)...), '-')
	dst = appendHex(dst, span|1)
	return append(append(dst, '-'), parent[53:55]...)
}

func appendHex(dst []byte, n uint64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		pair := &hexPairs[byte(n>>shift)]
		dst = append(dst, pair[0], pair[1])
	}
	return dst
}

// hexPairs are the two digits of each byte.
var hexPairs = func() (t [256][2]byte) {
	const digits = "0123456789abcdef"
	for i := range t {
		t[i] = [2]byte{digits[i>>4], digits[i&15]}
	}
	return t
}()
