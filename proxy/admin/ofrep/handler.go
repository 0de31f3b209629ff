package ofrep

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"weir/proxy/flag"
)

// Handler serves the protocol. Who may ask is known before it is called.
type Handler struct {
	source  Source
	beat    time.Duration
	streams atomic.Int64 // that are open
	closed  chan struct{}
	close   func() // closes closed, once
}

// New serves what source has. A silent stream gets a comment each beat.
func New(source Source, beat time.Duration) *Handler {
	h := &Handler{source: source, beat: beat, closed: make(chan struct{})}
	h.close = sync.OnceFunc(func() { close(h.closed) })
	return h
}

// Close ends all streams; it may be called more than once.
func (h *Handler) Close() { h.close() }

// Single decides the flag of a key.
func (h *Handler) Single(w http.ResponseWriter, r *http.Request, key string) {
	f, _ := h.source.Flags()
	d := f.flag(key)
	if d == nil {
		answer(w, http.StatusNotFound, item{Key: key, ErrorCode: codeNotFound, ErrorDetails: "no flag has this key"})
		return
	}
	said, bad := f.contextOf(w, r)
	if bad != nil {
		answer(w, http.StatusBadRequest, item{Key: key, ErrorCode: bad.code, ErrorDetails: bad.detail})
		return
	}
	it := itemOf(d, f.decide(d, asking(said)))
	status := http.StatusOK
	if it.ErrorCode != "" {
		status = http.StatusBadRequest
	}
	answer(w, status, it)
}

// Bulk decides all flags. ticket lets whoever asked into the stream of events, "" where
// that is not needed.
func (h *Handler) Bulk(w http.ResponseWriter, r *http.Request, ticket string) {
	f, _ := h.source.Flags()
	said, bad := f.contextOf(w, r)
	if bad != nil {
		answer(w, http.StatusBadRequest, failure{bad.code, bad.detail})
		return
	}
	c := asking(said)
	tag := f.etag(c, said, ticket)
	w.Header().Set("ETag", tag)
	// A client that has heard of another configuration than this one wants to see it,
	// whatever it has.
	heard := r.URL.Query().Get("flagConfigEtag")
	if (heard == "" || heard == f.version) && matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	all := f.all()
	b := bulk{Flags: make([]item, 0, len(all)), EventStreams: streamsOf(f.version, ticket)}
	if f.set != nil {
		b.Metadata = f.set.Metadata()
	}
	for _, d := range all {
		if r.Context().Err() != nil {
			return // nobody waits for it
		}
		b.Flags = append(b.Flags, itemOf(d, f.decide(d, c)))
	}
	answer(w, http.StatusOK, b)
}

// asking is a question about somebody, now.
func asking(said flag.Value) *flag.Context {
	return &flag.Context{View: &flag.Attributes{Value: said}, Now: time.Now().Unix()}
}

func (f *Flags) decide(d *flag.Flag, c *flag.Context) flag.Decision {
	return d.Evaluate(c, f.layer(d))
}
