package demo

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestBackendAndUsers lets the users talk to a backend directly.
func TestBackendAndUsers(t *testing.T) {
	in, command := io.Pipe()
	log, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Backend(t.Context(), in, out); out.Close() }()
	lines := bufio.NewScanner(log)
	lines.Scan()
	u := newUsers(lines.Text())
	var l ledger
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			e, err := parseEntry(lines.Text())
			if err != nil {
				t.Error(err)
			}
			l.add(e)
		}
	}()

	stop := u.start(t.Context())
	defer stop()
	until(t, "100 good answers", func() bool { return u.tally.total().requests >= 100 })
	if n := u.tally.total(); n.errors != 0 {
		t.Errorf("%d errors from a good backend, the first: %v", n.errors, n.first)
	}
	if _, err := io.WriteString(command, "bad\n"); err != nil {
		t.Fatal(err)
	}
	until(t, "errors", func() bool { return u.tally.total().errors >= 10 })
	if first := u.tally.total().first; first.Error() != "answer 500" {
		t.Errorf("first error %q, want answer 500", first)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + u.addr + healthPath)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("health check of a bad backend: %d, want 200", res.StatusCode)
	}
	stop()
	n := u.tally.total()
	until(t, "the whole log", func() bool { return l.summary().requests == n.requests })
	if got := l.summary().bad; got != n.errors {
		t.Errorf("the backend counts %d bad answers, the users %d", got, n.errors)
	}
	command.Close()
	if err := <-ended; err != nil {
		t.Errorf("Backend after the end of its input: %v, want nil", err)
	}
	<-read
}

func TestBackendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, command := io.Pipe()
	defer command.Close()
	log, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Backend(ctx, in, out) }()
	if !bufio.NewScanner(log).Scan() {
		t.Fatal("no address")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Backend after its context: %v, want nil", err)
	}
}

// TestBackendThatHangs logs a request when whoever sent it has given up.
func TestBackendThatHangs(t *testing.T) {
	var log strings.Builder
	b := &backend{out: &log}
	b.hangs.Store(true)
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	if e, err := parseEntry(log.String()); err != nil || e.status == http.StatusOK {
		t.Errorf("log %q, %v, want a bad entry", log.String(), err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not seen: %s", what)
		}
	}
}
