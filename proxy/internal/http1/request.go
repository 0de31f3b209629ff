package http1

// Request is one parsed request head. The slices point into the head given to
// Parse (Target and Path sometimes into memory of the Request) and are valid
// until that memory is written again or Parse is called again. The zero value
// is ready for Parse; reuse it, Parse resets everything.
type Request struct {
	Method   []byte // a token, case kept; CONNECT and TRACE never get here
	Target   []byte // what is sent on: origin-form as it came, or "*" (OPTIONS only); absolute-form is cut to origin-form
	Path     []byte // Target up to "?", raw, not decoded, begins with "/"; "/" for "*". For routing.
	Host     []byte // authority as sent, port included: the absolute-form target's, else the Host field's; empty only in HTTP/1.0
	HostName []byte // Host without its port, case kept, IPv6 in its brackets. For routing.
	HTTPS    bool   // an absolute-form target was an https URI, which must come over TLS
	Minor    int    // 0 or 1; HTTP/1.2 and up count as 1

	Fields []Field // every header line in order, dropped ones included

	Framing Framing // NoBody, Length or Chunked
	Length  int64   // bytes of the body when Framing is Length, 0 for NoBody, -1 for Chunked

	KeepAlive bool // the client lets its connection be used again
	Upgrade   bool // the client asks for another protocol than HTTP on this connection, see upgrade.go
	Expect    bool // the client waits for "100 Continue" before it sends its body; false when there is no body

	TraceID []byte // 32 hexadecimal digits of the one valid traceparent, which is sent on; nil when there is none

	lines   []byte // the bytes of Fields
	scratch []byte // Target, where it is not a part of the head
	body    declared
	conn    connection
	hosts   int // Host lines
	expects int // Expect lines
	trace   trace

	upgrades int // Upgrade lines
}

// Parse reads a complete head, as measured by HeadEnd, in one pass. It returns
// nil when the request may be forwarded, else the answer to give; then only
// Method and Minor are meaningful, as far as they were read (Minor is 1 before).
func (r *Request) Parse(head []byte, l Limits) *Reject {
	*r = Request{Minor: 1, Fields: r.Fields[:0], scratch: r.scratch[:0]}
	if len(head) > l.Head {
		return TooLarge(head, l)
	}
	i := leadingLines(head)
	if i > 2*maxLeadingLines {
		return rejectLine
	}
	i, reject := r.readLine(head, i, l)
	if reject != nil {
		return reject
	}
	if reject := r.readFields(head, i, l); reject != nil {
		return reject
	}
	return r.conclude()
}

// hasBody reports whether bytes follow the head: content, or the chunked
// framing of an empty one.
func (r *Request) hasBody() bool {
	return r.Framing == Chunked || r.Framing == Length && r.Length > 0
}

// Query returns what follows the first "?" of the target, as sent.
func (r *Request) Query() []byte {
	if n := len(r.Path); n < len(r.Target) {
		return r.Target[n+1:]
	}
	return nil
}

// readLine reads the request line (RFC 9112 §3): exactly two spaces, no
// tolerance. It returns the index behind it.
func (r *Request) readLine(head []byte, i int, l Limits) (int, *Reject) {
	const version = len("HTTP/1.1\r\n")
	end := span(head, i, cToken)
	if end == i || end == len(head) || head[end] != ' ' {
		return 0, rejectMethod
	}
	if end-i > l.Method {
		return 0, rejectMethodLong
	}
	r.Method = head[i:end]

	i = end + 1
	end = span(head, i, cTarget)
	target := head[i:end]
	if len(target) > l.Target {
		return 0, rejectTargetLong
	}
	if end == len(head) || head[end] != ' ' {
		return 0, rejectTarget
	}

	i = end + 1
	end = i + version
	if end > len(head) || head[end-2] != '\r' || head[end-1] != '\n' {
		return 0, rejectVersion
	}
	major, minor, ok := readVersion(head[i : end-2])
	switch {
	case !ok || major == 0:
		return 0, rejectVersion
	case major != 1:
		return 0, rejectVersionHigh
	}
	r.Minor = minor
	if string(r.Method) == "CONNECT" { // its target has a form of its own
		return 0, rejectConnect
	}
	if !r.readTarget(target) {
		return 0, rejectTarget
	}
	return end, nil
}

// readVersion reads "HTTP/D.D", with case (RFC 9112 §2.3). A minor above 1
// counts as 1 (RFC 9110 §6.2).
func readVersion(b []byte) (major, minor int, ok bool) {
	if len(b) != 8 || string(b[:5]) != "HTTP/" || b[6] != '.' {
		return 0, 0, false
	}
	if b[5] < '0' || b[5] > '9' || b[7] < '0' || b[7] > '9' {
		return 0, 0, false
	}
	return int(b[5] - '0'), min(int(b[7]-'0'), 1), true
}

// readFields reads the field lines and the empty line, which must be the end
// of the head.
func (r *Request) readFields(head []byte, i int, l Limits) *Reject {
	start := i
	for i < len(head) && head[i] != '\r' {
		if len(r.Fields) == l.Fields {
			return rejectHead
		}
		r.Fields = append(r.Fields, Field{})
		f := &r.Fields[len(r.Fields)-1]
		if i = f.read(head, i); i < 0 {
			return rejectHeader
		}
		if f.Kind != KindPlain {
			if reject := r.note(f); reject != nil {
				return reject
			}
		}
	}
	if len(head)-i != 2 || head[i+1] != '\n' {
		return rejectHeader
	}
	r.lines = head[start:i]
	return nil
}

// note remembers what a field says to us. What depends on other fields waits
// for conclude.
func (r *Request) note(f *Field) *Reject {
	switch f.Kind {
	case KindHost:
		r.hosts++
		name, ok := hostName(f.Value)
		if !ok || r.hosts > 1 {
			return rejectHost
		}
		if r.Host == nil { // else absolute-form said it
			r.Host, r.HostName = f.Value, name
		}
	case KindContentLength:
		r.body.lengths++
		r.body.length = f.Value
	case KindTransferEncoding:
		r.body.codings++
		r.body.coding = f.Value
	case KindConnection:
		if !r.conn.read(f.Value) {
			return rejectHeader
		}
	case KindTrace:
		r.trace.note(f, len(r.Fields)-1)
	case KindUpgrade:
		r.upgrades++
	case KindExpect:
		r.expects++
		if !foldEqual(f.Value, "100-continue") {
			return rejectExpect
		}
	}
	return nil
}

// conclude checks what the fields say together.
func (r *Request) conclude() *Reject {
	if r.hosts == 0 && r.Minor == 1 {
		return rejectHost // also beside absolute-form, RFC 9112 §3.2
	}
	what, length := r.body.resolve(r.Minor)
	switch what {
	case declaredBad:
		return rejectFraming
	case declaredUnknown:
		return rejectCoding
	case declaredChunked:
		r.Framing, r.Length = Chunked, -1
	case declaredLength:
		r.Framing, r.Length = Length, length
	}
	r.conn.strip(r.Fields)
	r.TraceID = r.trace.id(r.Fields)
	r.KeepAlive = !r.conn.close && (r.Minor == 1 || r.conn.keepAlive)
	r.Upgrade = r.upgrades > 0 && r.asksUpgrade()
	r.Expect = r.expects > 0 && r.Minor == 1 && r.hasBody() // RFC 9110 §10.1.1
	if string(r.Method) == "TRACE" {
		if r.KeepAlive && !r.hasBody() {
			return rejectTrace
		}
		return rejectTraceClose
	}
	return nil
}
