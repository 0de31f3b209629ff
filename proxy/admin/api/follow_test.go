package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// say writes the events with these numbers as ids and reasons.
func say(w http.ResponseWriter, numbers ...int) {
	for _, n := range numbers {
		fmt.Fprintf(w, "id: %d\nevent: reload\ndata: {\"id\":\"%d\",\"type\":\"reload\",\"reason\":\"%d\"}\n\n", n, n, n)
	}
	w.(http.Flusher).Flush()
}

// TestFollowReconnects breaks the stream in each way it can break and wants every
// event once all the same.
func TestFollowReconnects(t *testing.T) {
	var mu sync.Mutex
	var asked []string // Last-Event-ID of each connection
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Header.Get("Last-Event-ID"))
		connection := len(asked)
		mu.Unlock()
		switch connection {
		case 1: // ends well
			say(w, 1, 2)
		case 2: // cannot serve now
			http.Error(w, "starting", http.StatusServiceUnavailable)
		case 3: // ends in the middle of an event
			say(w, 3)
			fmt.Fprint(w, "id: 4\ndata: {\"id\":")
		case 4: // falls silent
			say(w, 4)
			<-r.Context().Done()
		case 5: // is cut off
			say(w, 5)
			panic(http.ErrAbortHandler)
		default:
			say(w, 6)
			<-r.Context().Done()
		}
	})
	c.silence = 300 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	err := c.Follow(ctx, "0", func(e Event) error {
		if got = append(got, e.Reason); len(got) == 6 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v, want the context's error", err)
	}
	if s := strings.Join(got, " "); s != "1 2 3 4 5 6" {
		t.Errorf("events %s, want each once", s)
	}
	mu.Lock()
	defer mu.Unlock()
	if s := strings.Join(asked, " "); s != "0 2 2 3 4 5" {
		t.Errorf("asked behind %s, want 0 2 2 3 4 5", s)
	}
}

func TestFollowEnds(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		say(w, 1)
		<-r.Context().Done()
	})
	enough := errors.New("enough")
	if err := c.Follow(t.Context(), "", func(Event) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v, want what the handler returned", err)
	}

	c = newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusMisdirectedRequest) })
	err := c.Follow(t.Context(), "", func(Event) error { return nil })
	var p *Problem
	if !errors.As(err, &p) || p.Status != http.StatusMisdirectedRequest {
		t.Errorf("got %v, want the refusal", err)
	}
}

func TestEventBlocks(t *testing.T) {
	const stream = "retry: 1000\n\n: comment\n\nid: 1\r\nevent: x\r\ndata: a\r\n\r\ndata:b\ndata:  c\n\nid\ndata\n\nid: 9\ndata: cut off"
	want := []eventBlock{{}, {}, {"1", "a"}, {"", "b\n c"}, {"", ""}}
	var got []eventBlock
	for b, err := range eventBlocks(strings.NewReader(stream)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	var last error
	for _, err := range eventBlocks(strings.NewReader("data: " + strings.Repeat("x", maxEventLine))) {
		last = err
	}
	if last == nil {
		t.Error("a line without end was read to its end")
	}
}

// TestKeptEvents: they end where the answer does, and nothing is asked again.
func TestKeptEvents(t *testing.T) {
	calls := 0
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.URL.RawQuery != "follow=false" || r.Header.Get("Last-Event-ID") != "7" {
			t.Errorf("asked %s behind %q", r.URL, r.Header.Get("Last-Event-ID"))
		}
		say(w, 8, 9)
	})
	var got []string
	collect := func(e Event) error { got = append(got, e.ID); return nil }
	if err := c.Events(t.Context(), "7", collect); err != nil || strings.Join(got, " ") != "8 9" || calls != 1 {
		t.Errorf("%v, events %v in %d calls, want 8 and 9 in one", err, got, calls)
	}
	enough := errors.New("enough")
	if err := c.Events(t.Context(), "7", func(Event) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v, want what the handler returns", err)
	}
}
