package ofrep

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"weir/proxy/admin/api"
)

// EventsPath is where clients hear that they should ask again.
const EventsPath = "/ofrep/v1/events"

// mostStreams is how many clients may listen at once: a few hundred MiB of memory.
const mostStreams = 4096

// writeTimeout is how long a listener may take nothing before its connection is given up.
const writeTimeout = 10 * time.Second

// Names of the query of EventsPath.
const (
	sinceQuery = "since"
	// TicketQuery has what lets in a browser, which can say no header there.
	TicketQuery = "ticket"
)

// streamsOf is where a client listens that has seen these flags.
func streamsOf(version, ticket string) []eventStream {
	q := url.Values{sinceQuery: {version}}
	if ticket != "" {
		q.Set(TicketQuery, ticket)
	}
	return []eventStream{{Type: "sse", Endpoint: endpoint{EventsPath + "?" + q.Encode()}}}
}

// Still says whether somebody may go on listening, and returns what is closed when that
// is to be asked again.
type Still func() (ok bool, again [2]<-chan struct{})

// Events tells a client whenever there are other flags than it knows of, until it leaves,
// may no longer listen, or Close is called (text/event-stream of the HTML standard, §9.2).
// It knows of those in Last-Event-ID or, when it listens for the first time, of those it
// has seen before: nothing that changes in between is missed.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request, still Still) {
	if h.streams.Add(1) > mostStreams {
		h.streams.Add(-1)
		w.Header().Set("Retry-After", "30")
		answer(w, http.StatusServiceUnavailable, failure{"GENERAL", "too many clients listen: want a pause"})
		return
	}
	defer h.streams.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	c := http.NewResponseController(w)
	send := func(text string) bool {
		// The server's own write timeout is for answers that end. A connection that takes
		// no deadline fails at the write.
		_ = c.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return c.Flush() == nil
	}
	known := r.Header.Get("Last-Event-ID")
	if known == "" {
		known = r.URL.Query().Get(sinceQuery)
	}
	// Not all come back in the same moment after a restart.
	if !send(fmt.Sprintf("retry: %d\n\n", 500+rand.IntN(1000))) {
		return
	}
	beat := time.NewTicker(h.beat)
	defer beat.Stop()
	for first := true; ; first = false {
		f, changed := h.source.Flags()
		switch {
		case known != "" && known != f.version:
			if !send(event(f.version)) {
				return
			}
		case first && !send("id: "+f.version+"\n\n"): // what it says when it comes back
			return
		}
		known = f.version
		ok, again := still() // what has changed before is seen, what does later closes again
		if !ok {
			return // to be told so when it comes back
		}
		select {
		case <-r.Context().Done():
			return
		case <-h.closed:
			return
		case <-again[0]:
		case <-again[1]:
		case <-changed:
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		}
	}
}

// event asks a client to ask again.
func event(version string) string {
	data, err := json.Marshal(api.FlagsChanged{Type: api.RefetchEvaluation, ETag: version})
	if err != nil {
		panic("BUG: event cannot be encoded: " + err.Error())
	}
	return fmt.Sprintf("id: %s\nevent: message\ndata: %s\n\n", version, data)
}
