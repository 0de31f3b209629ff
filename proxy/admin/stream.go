package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"weir/proxy/admin/api"
)

// streamWriteTimeout is how long a reader of events may take nothing before its
// connection is given up.
const streamWriteTimeout = 10 * time.Second

// getEvents sends events as they happen, until the reader leaves or the log is
// closed (text/event-stream of the HTML standard, §9.2); with follow=false only those
// that are kept, all of them unless Last-Event-ID says behind which.
func (s *server) getEvents(w http.ResponseWriter, r *http.Request) {
	follow, lastID := r.URL.Query().Get("follow"), r.Header.Get("Last-Event-ID")
	if follow != "" && follow != "true" && follow != "false" {
		refuse(w, http.StatusUnprocessableEntity, "follow "+quote(follow)+": want true or false")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	c := http.NewResponseController(w)
	send := func(b []byte) bool {
		// The server's own write timeout is for answers that end. A connection
		// that takes no deadline fails at the write.
		_ = c.SetWriteDeadline(time.Now().Add(streamWriteTimeout))
		if _, err := w.Write(b); err != nil {
			return false
		}
		return c.Flush() == nil
	}

	next := s.events.resume(lastID)
	if follow == "false" {
		if lastID == "" {
			next = 0 // the oldest
		}
		if events, _, _ := s.events.since(next); len(events) > 0 {
			send(encodeEvents(events))
		}
		return
	}
	if !send([]byte("retry: 1000\n\n")) {
		return
	}
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	for {
		var events []api.Event
		var more <-chan struct{}
		events, next, more = s.events.since(next)
		if len(events) > 0 && !send(encodeEvents(events)) {
			return
		}
		tokens, certificates := s.others() // before it is asked again: a change in between is not missed
		if who, wrong := s.identify(r); wrong != "" || readers.refuses(who.Role, r.Method) != "" {
			return // to be told so when it comes back
		}
		select {
		case <-r.Context().Done():
			return
		case <-tokens:
		case <-certificates:
		case <-s.events.closed:
			return
		case <-more:
		case <-beat.C:
			if !send([]byte(": still here\n\n")) {
				return
			}
		}
	}
}

func encodeEvents(events []api.Event) []byte {
	var b bytes.Buffer
	for _, e := range events {
		data, err := json.Marshal(e) // one line: JSON escapes line breaks
		if err != nil {
			panic("BUG: event cannot be encoded: " + err.Error())
		}
		fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Type, data)
	}
	return b.Bytes()
}
