package proxy

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhatAWriteIs: by its method, but for exceptions with a path that nobody can take
// for another.
func TestWhatAWriteIs(t *testing.T) {
	up := one(t, newJournal(t).addr)
	up.Writes.Reads = []Exception{{Method: "POST", Path: "/search/"}, {Method: "PROPFIND", Path: "/"}}
	r := start(t, up, Options{})
	o := plenty()
	o.Requests = 0
	hold(t, up, o)
	for _, tt := range []struct {
		method, path string
		write        bool
	}{
		{"GET", "/", false}, {"HEAD", "/", false}, {"OPTIONS", "/", false},
		{"POST", "/", true}, {"PUT", "/", true}, {"PATCH", "/", true}, {"DELETE", "/", true}, {"get", "/", true}, {"MKCOL", "/", true},
		{"POST", "/search", false}, {"POST", "/search/", false}, {"POST", "/search/a?q=/../b", false}, {"POST", "/search/%C3%BC", false},
		{"PUT", "/search", true}, {"POST", "/searching", true}, {"POST", "/Search", true}, {"PROPFIND", "/any", false},
		{"POST", "/search/../orders", true}, {"POST", "/search/%2E%2e/orders", true}, {"POST", "/search%2f..%2Forders", true},
		{"POST", "/search//orders", true}, {"POST", "/search/./orders", true}, {"POST", "/search/%5c..", true}, {"POST", "/search/a\\b", true},
		{"POST", "/search/%", true},
	} {
		c := r.dial(t)
		c.send(tt.method + " " + tt.path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
		a, err := c.tryReceive(tt.method)
		if err != nil {
			t.Fatal(err)
		}
		if held := a.Header.Get("X-Weir-Reason") == "write_hold"; a.StatusCode != 400 && held != tt.write {
			t.Errorf("%s %s: %d %v, want a write: %v", tt.method, tt.path, a.StatusCode, a.Header, tt.write)
		}
	}
}

// TestReadOnly: writes are refused, but for those let through; reads go on, and endpoints
// are told.
func TestReadOnly(t *testing.T) {
	told := make(chan string, 1)
	up := one(t, backend(t, func(w http.ResponseWriter, r *http.Request) {
		told <- strings.Join(r.Header.Values("X-Weir-Read-Only"), ",")
	}))
	allow := []Exception{{Method: "POST", Path: "/login"}}
	next := *up
	next.Writes.ReadOnly = NewReadOnly(allow, 503, 9500*time.Millisecond)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: a\r\nX-Weir-Read-Only: 7\r\n\r\n")
	if c.receive("GET"); receive(t, "the endpoint", told) != "" {
		t.Error("what a client says of it is passed on")
	}
	publish(t, r, &next)
	for _, request := range []string{"GET /", "POST /login"} {
		c.send(request + " HTTP/1.1\r\nHost: a\r\nX-Weir-Read-Only: 7\r\nContent-Length: 0\r\n\r\n")
		if a := c.receive("GET"); a.StatusCode != 200 {
			t.Errorf("%s: %d, want 200", request, a.StatusCode)
		} else if got := receive(t, "the endpoint", told); got != "1" {
			t.Errorf("%s: the endpoint is told %q, want 1", request, got)
		}
	}
	c.send(post("/orders", "abc"))
	a := c.receive("POST")
	if a.StatusCode != 503 || a.Header.Get("X-Weir-Reason") != "read_only" || a.Header.Get("Retry-After") != "10" || a.Close {
		t.Errorf("%d %v, want 503 read_only after 10 s, on a connection that stays", a.StatusCode, a.Header)
	}
	without := next
	without.Writes.ReadOnly = NewReadOnly(allow, 405, 0)
	publish(t, r, &without)
	c.send(post("/orders", "abc"))
	if a := c.receive("POST"); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD, OPTIONS" || a.Header.Get("Retry-After") != "" {
		t.Errorf("%d %v, want 405 and what is allowed", a.StatusCode, a.Header)
	}
	if n, rejects := up.Live.Writes.Counts().ReadOnly.Load(), r.Rejects()["read_only"]; n != 2 || rejects != 2 {
		t.Errorf("%d are counted as refused, %d as rejected, want 2", n, rejects)
	}
}

// TestReadOnlyAfterAHold: a write that was held is refused when writes are by then.
func TestReadOnlyAfterAHold(t *testing.T) {
	up := one(t, newJournal(t).addr)
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	c := r.dial(t)
	c.send(post("/", ""))
	queue(t, g, 1)
	next := *up
	next.Writes.ReadOnly = NewReadOnly(nil, 503, time.Second)
	publish(t, r, &next)
	g.End("test")
	if a := c.receive("POST"); a.Header.Get("X-Weir-Reason") != "read_only" {
		t.Errorf("%d %v, want read_only", a.StatusCode, a.Header)
	}
}

func TestWritesAreChecked(t *testing.T) {
	for name, w := range map[string]Writes{
		"a method":   {Reads: []Exception{{Path: "/"}}},
		"begins":     {Reads: []Exception{{Method: "POST", Path: "a"}}},
		"503 or 405": {ReadOnly: NewReadOnly(nil, 500, 0)},
		"with /":     {ReadOnly: NewReadOnly([]Exception{{Method: "POST"}}, 503, 0)},
	} {
		up := one(t, "127.0.0.1:1")
		up.Writes = w
		if _, err := NewSnapshot(1, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want it refused for %q", err, name)
		}
	}
}
