package http1

import "strconv"

// ResponseOptions say to whom a response goes.
type ResponseOptions struct {
	ClientMinor   int    // Request.Minor of the client's request
	Close         bool   // the client's connection closes after this response: the client asked for it (!Request.KeepAlive), or we end it
	Edits         *Edits // of a final response's fields; nil: none
	Facts         *Facts // for Edits
	Lines         []byte // further fields of a final response, each with its CRLF; nil: none
	ExposeVersion string // value for X-Weir-Version; empty: no such field. An upstream's own is always dropped.
}

// AppendResponse appends the head to send to the client and returns the
// framing to use for the body, which is r.Framing where the client can read
// it:
//
//   - Chunked and UntilClose become Chunked for HTTP/1.1, UntilClose for
//     HTTP/1.0. UntilClose towards the client means that its connection must
//     be closed after the body, whatever o.Close said; the head says so.
//   - Length stays, written in canonical form.
//   - NoBody stays; a declared length is kept for HEAD and 304, not for 204.
//
// An interim response (1xx) to an HTTP/1.0 client appends nothing (RFC 9110
// §15.2). To others it goes without framing, Connection and X-Weir-Version.
// A 101 goes with its Upgrade and without framing: what follows is not HTTP.
func AppendResponse(dst []byte, r *Response, o ResponseOptions) ([]byte, Framing) {
	if r.Status == 101 {
		dst = appendStatus(dst, r)
		dst = appendFields(dst, r, false, o)
		dst = appendVersion(dst, o.ExposeVersion)
		dst = append(dst, o.Lines...)
		dst = appendUpgrade(dst, r.Fields)
		return append(dst, "\r\n"...), NoBody
	}
	if r.Interim() {
		if o.ClientMinor == 0 {
			return dst, NoBody
		}
		dst = appendStatus(dst, r)
		dst = appendKept(dst, r.lines, r.Fields, false)
		return append(dst, "\r\n"...), NoBody
	}
	framing := r.Framing
	if framing == Chunked || framing == UntilClose {
		framing = Chunked
		if o.ClientMinor == 0 {
			framing = UntilClose
		}
	}
	dst = appendStatus(dst, r)
	dst = appendFields(dst, r, framing == Chunked && r.Framing == Chunked, o)
	dst = appendVersion(dst, o.ExposeVersion)
	dst = append(dst, o.Lines...)
	switch {
	case o.Close || framing == UntilClose:
		dst = append(dst, "Connection: close\r\n"...)
	case o.ClientMinor == 0:
		dst = append(dst, "Connection: keep-alive\r\n"...)
	}
	if framing == NoBody && r.Length >= 0 && r.Status != 204 {
		dst = appendFraming(dst, Length, r.Length)
	} else {
		dst = appendFraming(dst, framing, r.Length)
	}
	return append(dst, "\r\n"...), framing
}

// appendFields appends the lines that go on, edited where that is asked for.
func appendFields(dst []byte, r *Response, trailer bool, o ResponseOptions) []byte {
	if o.Edits == nil {
		return appendKept(dst, r.lines, r.Fields, trailer)
	}
	return appendEdited(dst, r.Fields, trailer, o.Edits, o.Facts)
}

// appendStatus appends the status line, always as HTTP/1.1 (RFC 9110 §6.2).
func appendStatus(dst []byte, r *Response) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = append(dst, ' ')
	dst = append(dst, r.Reason...)
	return append(dst, "\r\n"...)
}
