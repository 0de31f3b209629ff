package http1

import "errors"

// Errors of Response.Parse. The answer to all of them is 502 and the upstream
// connection is closed. They are for operators; none quotes the input.
var (
	ErrStatusLine = errors.New("response: bad status line")
	ErrVersion    = errors.New("response: version is not HTTP/1.x")
	ErrStatus     = errors.New("response: status is not between 100 and 599")
	ErrSwitching  = errors.New("response: 101 without an upgrade asked for") // see Parse
	ErrHeader     = errors.New("response: bad header line")
	ErrHeadSize   = errors.New("response: head too large")
	ErrFraming    = errors.New("response: bad or contradictory body framing")
)

// Response is one parsed response head, interim (1xx) or final. The slices
// point into the head given to Parse. The zero value is ready for Parse; reuse
// it, Parse resets everything.
type Response struct {
	Status int    // 100 to 599; 101 only beside ErrSwitching
	Reason []byte // reason phrase as sent, may be empty
	Minor  int    // 0 or 1; HTTP/1.2 and up count as 1

	Fields []Field // every header line in order, dropped ones included

	Framing Framing // NoBody for 1xx, 204, 304 and answers to HEAD
	Length  int64   // declared Content-Length, also where Framing is NoBody; -1 when none

	// KeepAlive says that the upstream connection may serve another request
	// once this body has ended: HTTP/1.1, not closing, and the end of the body
	// is certain. Meaningless for an interim response.
	KeepAlive bool

	lines []byte // the bytes of Fields
	body  declared
	conn  connection
}

// Parse reads a complete response head, as measured by HeadEnd. toHead says
// that the request was HEAD. The error is one of the Err values above. After
// ErrSwitching the response is complete all the same, for whom it is welcome: see
// Request.Accepts.
func (r *Response) Parse(head []byte, toHead bool) error {
	*r = Response{Fields: r.Fields[:0]}
	if len(head) > DefaultLimits.Head {
		return ErrHeadSize
	}
	i, err := r.readLine(head)
	if err != nil {
		return err
	}
	if err := r.readFields(head, i); err != nil {
		return err
	}
	return r.conclude(toHead)
}

// Interim reports whether more heads follow this one (1xx, RFC 9110 §15.2).
func (r *Response) Interim() bool { return r.Status < 200 }

// MayBeInterim reports whether the beginning of a head can be that of an interim
// response: also while its status has not come.
func MayBeInterim(b []byte) bool {
	const status = len("HTTP/1.1 ")
	return len(b) <= status || b[status] == '1'
}

// readLine reads the status line (RFC 9112 §4) and returns the index behind
// it. The space before an empty reason phrase may be missing, as it often is.
func (r *Response) readLine(head []byte) (int, error) {
	const status = len("HTTP/1.1 ")
	if len(head) < status+len("200\r\n") || head[status-1] != ' ' {
		return 0, ErrStatusLine
	}
	major, minor, ok := readVersion(head[:status-1])
	switch {
	case !ok:
		return 0, ErrStatusLine
	case major != 1:
		return 0, ErrVersion
	}
	r.Minor = minor
	i := status
	for _, c := range head[i : i+3] {
		if c < '0' || c > '9' {
			return 0, ErrStatusLine
		}
		r.Status = r.Status*10 + int(c-'0')
	}
	if r.Status < 100 || r.Status > 599 {
		return 0, ErrStatus
	}
	i += 3
	end := i
	if head[i] == ' ' {
		i++
		end = spanValue(head, i)
	}
	if end+1 >= len(head) || head[end] != '\r' || head[end+1] != '\n' {
		return 0, ErrStatusLine
	}
	r.Reason = head[i:end]
	return end + 2, nil
}

// readFields reads the field lines and the empty line, which must be the end
// of the head.
func (r *Response) readFields(head []byte, i int) error {
	start := i
	for i < len(head) && head[i] != '\r' {
		if len(r.Fields) == DefaultLimits.Fields {
			return ErrHeadSize
		}
		r.Fields = append(r.Fields, Field{})
		f := &r.Fields[len(r.Fields)-1]
		if i = f.read(head, i); i < 0 {
			return ErrHeader
		}
		if f.Kind != KindPlain && !r.note(f) {
			return ErrHeader
		}
	}
	if len(head)-i != 2 || head[i+1] != '\n' {
		return ErrHeader
	}
	r.lines = head[start:i]
	return nil
}

// note remembers what a field says to us. Names that mean something in
// requests only are plain here.
func (r *Response) note(f *Field) bool {
	switch f.Kind {
	case KindContentLength:
		r.body.lengths++
		r.body.length = f.Value
	case KindTransferEncoding:
		r.body.codings++
		r.body.coding = f.Value
	case KindConnection:
		return r.conn.read(f.Value)
	case KindHost, KindExpect, KindTrace, KindUnderscore:
		f.Kind = KindPlain
	case KindOurs:
		if !foldEqual(f.Name, "x-weir-version") {
			f.Kind = KindPlain
		}
	}
	return true
}

// conclude decides where the body ends (RFC 9112 §6.3).
func (r *Response) conclude(toHead bool) error {
	what, length := r.body.resolve(r.Minor)
	r.Length = length
	r.KeepAlive = r.Minor == 1 && !r.conn.close
	switch what {
	case declaredBad, declaredUnknown:
		return ErrFraming
	case declaredChunked:
		r.Framing = Chunked
	case declaredLength:
		r.Framing = Length
	case declaredNothing:
		r.Framing = UntilClose
	}
	switch {
	case r.Interim(), r.Status == 204:
		// Neither may announce a body (RFC 9112 §6.1, RFC 9110 §8.6). Whoever
		// does may also send it: what follows is not trusted.
		if r.Framing == Chunked || r.Length > 0 {
			r.KeepAlive = false
		}
		r.Framing = NoBody
	case toHead, r.Status == 304:
		r.Framing = NoBody
	case r.Framing == UntilClose:
		r.KeepAlive = false
	}
	r.conn.strip(r.Fields)
	if r.Status == 101 {
		if what != declaredNothing {
			return ErrFraming
		}
		r.KeepAlive = false // what follows is not HTTP
		return ErrSwitching
	}
	return nil
}
