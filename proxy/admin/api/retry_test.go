package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// cutFirst breaks the first so many connections without an answer.
func cutFirst(n int64, seen *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1) <= n {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, `{"revision":8}`)
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	read := func(c *Client) error { _, err := c.Upstream(t.Context(), "api"); return err }
	write := func(c *Client) error { _, err := c.Undo(t.Context(), "api", UndoRequest{}); return err }
	keyed := func(c *Client) error { return write(c.Idempotent("k")) }
	for _, x := range []struct {
		name  string
		call  func(*Client) error
		cut   int64
		seen  int64 // requests
		works bool
	}{
		{"a read, once broken", read, 1, 2, true},
		{"a read, twice broken", read, 2, 3, true},
		{"a read, ever broken", read, 99, 3, false},
		{"a write", write, 1, 1, false},
		{"a write with a key", keyed, 2, 3, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int64
			c := newTestClient(t, cutFirst(x.cut, &seen))
			if err := x.call(c); (err == nil) != x.works || seen.Load() != x.seen {
				t.Errorf("%v after %d requests, want %d of them, and that it works: %v", err, seen.Load(), x.seen, x.works)
			}
		})
	}
}

// TestRefusalsAreNotTriedAgain, but for a write that is under way.
func TestRefusalsAreNotTriedAgain(t *testing.T) {
	var seen atomic.Int64
	status, retryAfter := http.StatusServiceUnavailable, "7"
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		if key := r.Header.Get(IdempotencyKey); key != "" && (r.Method == http.MethodGet || key != "k") {
			t.Errorf("%s with key %q", r.Method, key)
		}
		if seen.Add(1) == 2 && status == http.StatusConflict {
			fmt.Fprint(w, `{"revision":8}`)
			return
		}
		w.Header().Set("Content-Type", ProblemType)
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"title":"","detail":"no","status":%d}`, status)
	}).Idempotent("k")
	_, err := c.Undo(t.Context(), "api", UndoRequest{})
	if p, ok := errors.AsType[*Problem](err); !ok || p.RetryAfter != 7*time.Second || seen.Load() != 1 {
		t.Errorf("%v after %d requests, want the refusal, and that it says 7 s", err, seen.Load())
	}
	if _, err = c.Upstream(t.Context(), "api"); err == nil || seen.Load() != 2 {
		t.Errorf("read: %v after %d requests", err, seen.Load())
	}

	seen.Store(0)
	status, retryAfter = http.StatusConflict, "1"
	if u, err := c.Undo(t.Context(), "api", UndoRequest{}); err != nil || u.Revision != 8 || seen.Load() != 2 {
		t.Errorf("a write that is under way: %v after %d requests, want its answer", err, seen.Load())
	}
	seen.Store(10)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Undo(ctx, "api", UndoRequest{}); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("a write that stays under way: %v, want the refusal when the time is over", err)
	}
	seen.Store(10)
	retryAfter = "" // any other conflict
	if _, err := c.Undo(t.Context(), "api", UndoRequest{}); err == nil || seen.Load() != 11 {
		t.Errorf("a conflict: %v after %d requests, want it at once", err, seen.Load()-10)
	}
}

// TestNobodyListens is told at once.
func TestNobodyListens(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c, err := NewClient(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := c.Ready(t.Context()); err == nil || time.Since(begin) >= firstPause {
		t.Errorf("%v after %v, want an error at once", err, time.Since(begin))
	}
}

func TestTexts(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	if b, err := c.Metrics(t.Context()); err != nil || string(b) != "/metrics" {
		t.Errorf("metrics: %q, %v", b, err)
	}
	if b, err := c.OpenAPI(t.Context()); err != nil || string(b) != "/openapi.yaml" {
		t.Errorf("description: %q, %v", b, err)
	}
	if err := errors.Join(c.Healthy(t.Context()), c.Ready(t.Context())); err != nil {
		t.Error(err)
	}
}
