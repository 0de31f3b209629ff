package admin

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

// openStream begins to read events; the reader ends with the test.
func (r *rig) openStream(headers ...string) (*http.Response, *bufio.Scanner) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+r.address+"/v1/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cancel(); res.Body.Close() })
	return res, bufio.NewScanner(res.Body)
}

// nextBlock reads up to the next empty line.
func nextBlock(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	var b strings.Builder
	for lines.Scan() {
		if lines.Text() == "" {
			return b.String()
		}
		b.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("stream ended in %q: %v", b.String(), lines.Err())
	return ""
}

// TestKeptEvents: a reader who does not follow gets all there is, or all behind an id, and
// the end.
func TestKeptEvents(t *testing.T) {
	r := newRig(t, nil)
	get := func(query string, headers ...string) (int, string) {
		t.Helper()
		res := r.send("GET", "/v1/events?follow="+query, "", headers...)
		return res.status, res.body
	}
	if status, body := get("false"); status != 200 || body != "" {
		t.Errorf("nothing has happened: %d %q", status, body)
	}
	for _, reason := range []string{"one", "two", "three"} {
		r.events.Publish(api.Event{Type: api.EventReload, Reason: reason})
	}
	if _, body := get("false"); strings.Count(body, "\nevent: ") != 3 {
		t.Errorf("all: %q", body)
	}
	if _, body := get("false", "Last-Event-ID", r.events.boot+"-2"); strings.Count(body, "\nevent: ") != 1 || !strings.Contains(body, "three") {
		t.Errorf("behind the second: %q", body)
	}
	if status, _ := get("maybe"); status != 422 {
		t.Errorf("follow=maybe: %d, want 422", status)
	}
}

func TestStreamOfEvents(t *testing.T) {
	r := newRig(t, nil)
	r.events.Publish(api.Event{Type: api.EventReload, Reason: "before"})
	res, lines := r.openStream()
	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, ct)
	}
	if got := nextBlock(t, lines); got != "retry: 1000\n" {
		t.Errorf("first block %q", got)
	}
	r.events.Publish(api.Event{Type: api.EventRevision, At: fakeTime, Upstream: "api", Revision: 8, Reason: "two\nlines"})
	id := r.events.boot + "-2"
	want := "id: " + id + "\nevent: revision\n" +
		`data: {"id":"` + id + `","type":"revision","at":"2025-03-04T05:06:07Z","upstream":"api","revision":8,"reason":"two\nlines"}` + "\n"
	if got := nextBlock(t, lines); got != want {
		t.Errorf("block\n%s, want\n%s", got, want)
	}

	// Another reader has missed it and says where it was.
	_, lines = r.openStream("Last-Event-ID", r.events.boot+"-1")
	nextBlock(t, lines)
	if got := nextBlock(t, lines); got != want {
		t.Errorf("after Last-Event-ID\n%s, want\n%s", got, want)
	}
}

func TestStreamHeartbeat(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Heartbeat = 10 * time.Millisecond })
	_, lines := r.openStream()
	nextBlock(t, lines)
	for range 3 {
		if got := nextBlock(t, lines); got != ": still here\n" {
			t.Errorf("block %q, want a comment", got)
		}
	}
}

func TestStreamMethods(t *testing.T) {
	r := newRig(t, nil)
	if a := r.send("HEAD", "/v1/events", ""); a.status != 200 || a.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
	r.refused(r.send("POST", "/v1/events", ""), 405, "want GET, HEAD")
}

func TestShutdownEndsStreams(t *testing.T) {
	r := newRig(t, nil)
	res, lines := r.openStream()
	nextBlock(t, lines)
	r.events.Close()
	r.events.Close() // harmless
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Errorf("the stream did not end cleanly: %v", err)
	}
}

// TestStreamOutlivesTheServersTimeouts would fail if the deadlines of ordinary
// requests held for streams: they cut a reader off after half a minute.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	o := Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics, Heartbeat: 20 * time.Millisecond}
	s := NewServer(o)
	s.ReadTimeout, s.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	r := serve(t, s)
	_, lines := r.openStream()
	begin := time.Now()
	for time.Since(begin) < 3*s.ReadTimeout {
		nextBlock(t, lines)
	}
}
