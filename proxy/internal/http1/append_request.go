package http1

import "strconv"

// Forward is what Weir adds to a request on its way to an endpoint.
type Forward struct {
	ClientIP     []byte // textual address of the client, for X-Forwarded-For; empty: no such field
	Proto        string // "http" or "https", what the client used, for X-Forwarded-Proto
	TraceParent  []byte // a trace that begins here, see AppendTraceParent; empty: no such field of ours
	Version      string // version chosen for this attempt, for X-Weir-Version; empty: no such field
	FallbackHost string // Host for an HTTP/1.0 client that sent none, usually the endpoint's address; never in X-Forwarded-Host
	ReadOnly     bool   // tell the endpoint that its writes are refused: X-Weir-Read-Only

	Origin *Origin // what a trusted peer said; nil: the peer is not trusted

	Host     string  // Host instead of the client's, which stays in X-Forwarded-Host; empty: the client's
	Prefix   *Prefix // replaced in the target; nil: none
	Edits    *Edits  // of the client's fields; nil: none
	Flags    []byte  // whole lines that say what flags have decided; empty: none
	Upstream string  // for Edits, which take Version and FallbackHost for the version and the endpoint
	Shadow   bool    // the answer is compared and goes to nobody, which X-Weir-Shadow says
}

// AppendRequest appends the head to send to an endpoint: always HTTP/1.1, the
// target byte for byte (but for f.Prefix), one Host, the kept lines as they came, our own fields
// and the framing (r.Framing, the length in canonical form). The body is to be
// sent in the same framing.
//
// Unless the peer is trusted, what it said in X-Forwarded*, Forwarded and X-Real-IP
// is not passed on, and X-Weir-Version, X-Weir-Shadow and X-Weir-Read-Only are of
// nobody; hop-by-hop fields and those named by Connection are dropped first (RFC 9110
// §7.6.1), so nothing removes ours.
func AppendRequest(dst []byte, r *Request, f Forward) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	if f.Prefix == nil {
		dst = append(dst, r.Target...)
	} else {
		dst = f.Prefix.append(dst, r)
	}
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	switch {
	case f.Host != "":
		dst = append(dst, f.Host...)
	case len(r.Host) > 0:
		dst = append(dst, r.Host...)
	default:
		dst = append(dst, f.FallbackHost...)
	}
	dst = append(dst, "\r\n"...)
	if f.Edits == nil {
		dst = appendKept(dst, r.lines, r.Fields, r.Framing == Chunked)
	} else {
		dst = appendEdited(dst, r.Fields, r.Framing == Chunked, f.Edits, f.facts(r))
	}
	dst = append(dst, f.Flags...)
	if f.Origin == nil {
		dst = appendPeer(dst, r, &f)
	} else {
		dst = f.Origin.append(dst, r, f.Edits)
	}
	if len(f.TraceParent) > 0 {
		dst = append(dst, "traceparent: "...)
		dst = append(dst, f.TraceParent...)
		dst = append(dst, "\r\n"...)
	}
	dst = appendVersion(dst, f.Version)
	if f.Shadow {
		dst = append(dst, "X-Weir-Shadow: 1\r\n"...)
	}
	if f.ReadOnly {
		dst = append(dst, "X-Weir-Read-Only: 1\r\n"...)
	}
	if r.Upgrade {
		dst = appendUpgrade(dst, r.Fields)
	}
	dst = appendFraming(dst, r.Framing, r.Length)
	return append(dst, "\r\n"...)
}

// appendPeer appends what Weir says of a peer that it does not believe.
func appendPeer(dst []byte, r *Request, f *Forward) []byte {
	if len(f.ClientIP) > 0 {
		dst = append(dst, "X-Forwarded-For: "...)
		dst = append(dst, f.ClientIP...)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "X-Forwarded-Proto: "...)
	dst = append(dst, f.Proto...)
	if len(r.Host) > 0 {
		dst = append(dst, "\r\nX-Forwarded-Host: "...)
		dst = append(dst, r.Host...)
	}
	return append(dst, "\r\n"...)
}

// facts are what f says of the request.
func (f *Forward) facts(r *Request) *Facts {
	return &Facts{
		Request: r, ClientIP: f.ClientIP, Scheme: f.Proto,
		Upstream: f.Upstream, Version: f.Version, Endpoint: f.FallbackHost,
	}
}

// appendVersion appends X-Weir-Version, if there is one to tell.
func appendVersion(dst []byte, version string) []byte {
	if version == "" {
		return dst
	}
	dst = append(dst, "X-Weir-Version: "...)
	dst = append(dst, version...)
	return append(dst, "\r\n"...)
}

// appendFraming appends the one field that frames the body, if it needs one.
func appendFraming(dst []byte, f Framing, length int64) []byte {
	switch f {
	case Length:
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, length, 10)
		dst = append(dst, "\r\n"...)
	case Chunked:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	}
	return dst
}
