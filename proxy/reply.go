package proxy

import (
	"bytes"
	"cmp"
	"net/http"
	"strconv"
	"time"

	"weir/proxy/internal/http1"
)

// reply is an answer that Weir makes itself. Its body is fixed: nothing of the
// request, no address and no error text gets into it.
type reply struct {
	status     int
	reason     string // the word in X-Weir-Reason
	retryAfter int    // seconds; 0: no such field
	allow      string // of a 405; "": what the gate lets through
	made       *made  // what a route says of it; nil: the answer is one of those below
}

// Weir's own answers. What the gate refuses in a head comes from http1.Reject.
var (
	replyNoRoute        = &reply{status: 404, reason: "no_route"}
	replyHeadTimeout    = &reply{status: 408, reason: "head_timeout"}
	replyBodyTimeout    = &reply{status: 408, reason: "body_timeout"}
	replyPlainHTTP      = &reply{status: 400, reason: "plain_http"} // on a port that speaks TLS
	replySecureTarget   = &reply{status: 400, reason: "bad_target"} // https without TLS
	replyMisdirected    = &reply{status: 421, reason: "misdirected"}
	replyNoHost         = &reply{status: 400, reason: "bad_host"} // a redirect to the host of a client that said none
	replyBadBody        = &reply{status: 400, reason: "framing"}
	replyBodyTooLarge   = &reply{status: 413, reason: "body_too_large"}
	replyConnect        = &reply{status: 502, reason: "upstream_connect"}
	replyReset          = &reply{status: 502, reason: "upstream_reset"}
	replyDrain          = &reply{status: 502, reason: "drain"} // the request was cut at the end of its endpoint's drain
	replyBadAnswer      = &reply{status: 502, reason: "upstream_answer"}
	replyNoLive         = &reply{status: 502, reason: "no_live_upstreams"} // instead of no_endpoint, as NGINX has it
	replyNoEndpoint     = &reply{status: 503, reason: "no_endpoint", retryAfter: 1}
	replyPinned         = &reply{status: 503, reason: "pinned_version", retryAfter: 1} // it has no usable endpoint
	replyNoWriter       = &reply{status: 503, reason: "no_writer", retryAfter: 1}      // the version that writes are pinned to has none
	replyMaxConns       = &reply{status: 503, reason: "max_conns", retryAfter: 1}
	replyQueueFull      = &reply{status: 503, reason: "queue_full", retryAfter: 1}
	replyQueueTimeout   = &reply{status: 503, reason: "queue_timeout", retryAfter: 1}
	replyWriteHold      = &reply{status: 503, reason: "write_hold", retryAfter: 1} // no room to wait in, or the hold has come to its end
	replyTooManyConns   = &reply{status: 503, reason: "too_many_connections", retryAfter: 1}
	replyOverload       = &reply{status: 503, reason: "overload", retryAfter: 1}
	replyStarting       = &reply{status: 503, reason: "starting", retryAfter: 1}
	replyConnectTimeout = &reply{status: 504, reason: "upstream_connect_timeout"}
	replyTimeout        = &reply{status: 504, reason: "upstream_timeout"}
)

// replyTo makes the answer to a refused head.
func replyTo(r *http1.Reject) *reply {
	return &reply{status: r.Status, reason: r.Reason}
}

// replyOptions say how an answer is written.
type replyOptions struct {
	json     bool // the client asked for JSON
	bodyless bool // to HEAD: the head only
	minor    int  // of the client's version
	close    bool
	facts    *http1.Facts // for what a route says
}

// append writes the whole answer behind dst.
func (r *reply) append(dst []byte, o replyOptions) []byte {
	if r.made != nil {
		return r.made.append(dst, r, o)
	}
	var room [128]byte // not the heap: these answers must cost little when they are many
	kind, body := plainText, r.text(room[:0])
	if o.json {
		kind, body = "application/json", r.json(room[:0])
	}
	dst = r.begin(dst)
	if r.retryAfter > 0 {
		dst = append(dst, "Retry-After: "...)
		dst = strconv.AppendInt(dst, int64(r.retryAfter), 10)
		dst = append(dst, "\r\n"...)
	}
	if r.status == http.StatusMethodNotAllowed {
		dst = append(append(dst, "Allow: "...), cmp.Or(r.allow, http1.Allow)...)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "Content-Type: "...)
	dst = append(dst, kind...)
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = o.end(append(dst, "\r\n"...))
	if o.bodyless {
		return dst
	}
	return append(dst, body...)
}

// begin appends the lines that every answer of Weir's has first.
func (r *reply) begin(dst []byte) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, ' ')
	dst = append(dst, http.StatusText(r.status)...)
	dst = append(dst, "\r\nDate: "...)
	dst = time.Now().UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "\r\nX-Weir-Reason: "...)
	dst = append(dst, r.reason...)
	return append(dst, "\r\n"...)
}

// end appends the end of a head.
func (o *replyOptions) end(dst []byte) []byte {
	switch {
	case o.close:
		dst = append(dst, "Connection: close\r\n"...)
	case o.minor == 0:
		dst = append(dst, "Connection: keep-alive\r\n"...)
	}
	return append(dst, "\r\n"...)
}

func (r *reply) text(dst []byte) []byte {
	dst = append(dst, http.StatusText(r.status)...)
	dst = append(dst, " ("...)
	dst = append(dst, r.reason...)
	return append(dst, ")\n"...)
}

func (r *reply) json(dst []byte) []byte {
	dst = append(dst, `{"status":`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = append(dst, `,"reason":"`...)
	dst = append(dst, r.reason...)
	return append(dst, "\"}\n"...)
}

// wantsJSON reads an Accept value: JSON is named, and nothing that a person
// reads comes before it.
func wantsJSON(accept []byte) bool {
	at := bytes.Index(accept, []byte("json"))
	return at >= 0 && !bytes.Contains(accept[:at], []byte("text/"))
}
