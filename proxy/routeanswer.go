package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"weir/proxy/internal/http1"
)

// Redirect is the answer of a route that leads elsewhere.
type Redirect struct {
	Status int    // 301, 302, 303, 307 or 308
	To     []Part // a reference (RFC 9110 §10.2.2); what variables say is encoded where it must be, and never decoded
}

// Respond is the answer of a route that gives one itself.
type Respond struct {
	Status int    // 200 to 599, but not 3xx, which are for Redirect; 204 and 205 have no body
	Body   string // nothing of the request gets into it
	Type   string // of the body; "" is text/plain; charset=utf-8
}

// made is what a reply says that a route gives. Nil: see reply.
type made struct {
	location http1.Text // empty: none
	hosted   bool       // location names the host
	kind     string
	body     string
	edits    *http1.Edits
}

// What a route's own answers are counted as.
const answerRedirect, answerRespond = "redirect", "respond"

const plainText = "text/plain; charset=utf-8"

// answer makes a redirect or a fixed answer ready; nil for a route to an upstream.
func (r *Route) answer(edits *http1.Edits) (*reply, error) {
	switch {
	case r.Redirect != nil && r.Respond == nil && r.Upstream == nil:
		return r.Redirect.reply(edits)
	case r.Respond != nil && r.Redirect == nil && r.Upstream == nil:
		return r.Respond.reply(edits)
	case r.Upstream == nil || r.Redirect != nil || r.Respond != nil:
		return nil, errors.New("want one of upstream, redirect and respond")
	}
	return nil, nil
}

func (r *Redirect) reply(edits *http1.Edits) (*reply, error) {
	switch r.Status {
	case 301, 302, 303, 307, 308:
	default:
		return nil, fmt.Errorf("a redirect with status %d", r.Status)
	}
	location, err := http1.NewText(r.To)
	if err != nil {
		return nil, err
	}
	m := &made{location: location, kind: plainText, body: http.StatusText(r.Status) + "\n", edits: edits}
	for _, p := range r.To {
		m.hosted = m.hosted || p.Variable == "host"
	}
	return &reply{status: r.Status, reason: answerRedirect, made: m}, nil
}

func (r *Respond) reply(edits *http1.Edits) (*reply, error) {
	bodyless := r.Status == http.StatusNoContent || r.Status == http.StatusResetContent
	if r.Status < 200 || r.Status > 599 || r.Status/100 == 3 || bodyless && r.Body != "" {
		return nil, fmt.Errorf("a response with status %d and %d bytes", r.Status, len(r.Body))
	}
	if _, err := http1.NewText([]Part{{Text: r.Type}}); err != nil {
		return nil, err
	}
	m := &made{kind: r.Type, body: r.Body, edits: edits}
	if m.kind == "" {
		m.kind = plainText
	}
	return &reply{status: r.Status, reason: answerRespond, made: m}, nil
}

// append writes the whole answer behind dst.
func (m *made) append(dst []byte, r *reply, o replyOptions) []byte {
	dst = r.begin(dst)
	if len(m.location) > 0 {
		dst = append(dst, "Location: "...)
		dst = m.location.AppendReference(dst, o.facts)
		dst = append(dst, "\r\n"...)
	}
	if m.body != "" && !m.edits.Drops("content-type") {
		dst = append(dst, "Content-Type: "...)
		dst = append(dst, m.kind...)
		dst = append(dst, "\r\n"...)
	}
	dst = m.edits.Append(dst, o.facts)
	if r.status != http.StatusNoContent {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(m.body)), 10)
		dst = append(dst, "\r\n"...)
	}
	dst = o.end(dst)
	if o.bodyless {
		return dst
	}
	return append(dst, m.body...)
}
