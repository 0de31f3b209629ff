package proxy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// logLine is one line as a tool reads it.
type logLine struct {
	Time          time.Time
	Client        string
	Method        string
	Target        string
	Host          string
	Scheme        string
	Protocol      string
	Status        int
	Bytes         int
	RequestLength int `json:"request_length"`
	Duration      float64
	Route         string
	Upstream      string
	Attempts      int
	Version       string
	Endpoint      string
	UpstreamTime  float64 `json:"upstream_time"`
	FirstByte     float64 `json:"upstream_first_byte"`
	Reason        string
	TraceID       string `json:"trace_id"`
	UserAgent     string `json:"user_agent"`
	Referer       string
}

// logged turns a rig's access log on and returns how to wait for its lines.
func logged(t testing.TB, r *rig) (lines func(n int) []logLine) {
	t.Helper()
	dir, err := os.MkdirTemp(r.dir, "log")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "access.log")
	l, err := OpenAccessLog(AccessLogOptions{File: file, Rule: AccessLogRule{Sample: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r.UseAccessLog(l)
	// What is recorded before the log's owner has come goes to the log before.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log in use", func() bool {
		r.ReopenAccessLog()
		_, err := os.Stat(file)
		return err == nil
	})
	return func(n int) []logLine {
		t.Helper()
		var out []logLine
		eventually(t, fmt.Sprintf("%d lines", n), func() bool {
			r.ReopenAccessLog() // which also writes what there is
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = out[:0]
			for line := range strings.Lines(string(data)) {
				var l logLine
				if err := json.Unmarshal([]byte(line), &l); err != nil {
					t.Fatalf("not JSON: %v: %s", err, line)
				}
				out = append(out, l)
			}
			return len(out) >= n
		})
		if len(out) > n {
			t.Fatalf("%d lines, want %d: %+v", len(out), n, out)
		}
		return out
	}
}

func TestAccessLogLine(t *testing.T) {
	addr := cannedBackend(t)
	r := start(t, one(t, addr), Options{})
	lines := logged(t, r)
	const request = "GET /a/b?q=\"1 HTTP/1.1\r\nHost: Weir.test:80\r\nUser-Agent: \xff \"x\"\r\nReferer: http://from.test/\r\n\r\n"
	before := time.Now()
	c := r.dial(t)
	c.send(request)
	c.receive("GET")
	got := lines(1)[0]
	if got.Time.Before(before.Add(-time.Second)) || got.Time.After(time.Now().Add(time.Second)) {
		t.Errorf("time %v, want about %v", got.Time, before)
	}
	if got.Duration <= 0 || got.Duration > 5 || got.UpstreamTime <= 0 || got.UpstreamTime > got.Duration ||
		got.FirstByte <= 0 || got.FirstByte > got.UpstreamTime {
		t.Errorf("durations %v, %v, %v", got.Duration, got.UpstreamTime, got.FirstByte)
	}
	got.Time, got.Duration, got.UpstreamTime, got.FirstByte = time.Time{}, 0, 0, 0
	want := logLine{
		Client: "127.0.0.1", Method: "GET", Target: `/a/b?q="1`, Host: "Weir.test", Scheme: "http", Protocol: "HTTP/1.1",
		Status: 200, Bytes: len("hello"), RequestLength: len(request), Route: "*/", Upstream: "api", Attempts: 1,
		Version: "v1", Endpoint: addr, Reason: "ok", UserAgent: "\ufffd \"x\"", Referer: "http://from.test/",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What counts as bytes is the body, however it is framed on either side.
func TestAccessLogBytes(t *testing.T) {
	large := strings.Repeat("x", 200_000)
	addr := backend(t, func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		switch q.URL.Path {
		case "/hints":
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(http.StatusEarlyHints)
			w.Write(body)
		case "/length":
			w.Header().Set("Content-Length", "200000")
			io.WriteString(w, large)
		case "/chunked":
			for i := 0; i < len(large); i += 50_000 {
				io.WriteString(w, large[i:i+50_000])
				w.(http.Flusher).Flush()
			}
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		}
	})
	chunked := func(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }
	for _, tt := range []struct {
		name, head, body string
		status, bytes    int
	}{
		{"length", "GET /length HTTP/1.1\r\nHost: a", "", 200, 200_000},
		{"head", "HEAD /length HTTP/1.1\r\nHost: a", "", 200, 0},
		{"chunked", "GET /chunked HTTP/1.1\r\nHost: a", "", 200, 200_000},
		{"until close", "GET /chunked HTTP/1.0", "", 200, 200_000},
		{"no content", "GET /nothing HTTP/1.1\r\nHost: a", "", 204, 0},
		{"interim answers", "POST /hints HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3", "abc", 200, 3},
		{"large upload", "POST /hints HTTP/1.1\r\nHost: a\r\nContent-Length: 200000", large, 200, 200_000},
		{"large chunked upload", "POST /hints HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", chunked(large), 200, 200_000},
		{"own answer", "GET /none HTTP/1.1\r\nHost: other", "", 404, len("Not Found (no_route)\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			up := one(t, addr)
			r := start(t, up, Options{})
			if tt.status == 404 {
				snap, err := NewSnapshot(2, []Route{{Match: Match{Host: "only.test", Path: "/"}, Upstream: up}})
				if err != nil {
					t.Fatal(err)
				}
				r.Publish(snap)
			}
			lines := logged(t, r)
			c := r.dial(t)
			request := tt.head + "\r\n\r\n" + tt.body
			c.send(request)
			g := c.receive(strings.Fields(tt.head)[0])
			for g.StatusCode < 200 {
				g = c.receive(strings.Fields(tt.head)[0])
			}
			l := lines(1)[0]
			if l.Status != tt.status || l.Bytes != tt.bytes || l.RequestLength != len(request) {
				t.Errorf("status %d, %d bytes, request of %d; want %d, %d, %d", l.Status, l.Bytes, l.RequestLength, tt.status, tt.bytes, len(request))
			}
			if tt.status != 404 && l.Bytes != len(g.body) {
				t.Errorf("%d bytes in the log, the client got %d", l.Bytes, len(g.body))
			}
		})
	}
}

// The line names the last attempt, and how many there were.
func TestAccessLogRetry(t *testing.T) {
	gone := listen(t)
	gone.Close()
	well := cannedBackend(t)
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{gone.Addr().String(), well}})
	r := start(t, up, Options{})
	lines := logged(t, r)
	r.dial(t).get("/")
	r.dial(t).get("/")
	retried := 0
	for _, l := range lines(2) {
		if l.Endpoint != well || l.Status != 200 || l.Reason != "ok" || l.UpstreamTime <= 0 || l.UpstreamTime > l.Duration {
			t.Errorf("%+v, want the endpoint that answered, %s", l, well)
		}
		if l.Attempts == 2 {
			retried++
		}
	}
	if retried != 1 {
		t.Errorf("%d of two requests had two attempts, want 1", retried)
	}
}

// Whoever left is 499; what Weir answers itself has the word of X-Weir-Reason.
func TestAccessLogReasons(t *testing.T) {
	t.Run("client left", func(t *testing.T) {
		asked := make(chan bool, 1)
		r := start(t, one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			if _, err := http.ReadRequest(br); err == nil {
				asked <- true
			}
			io.Copy(io.Discard, br) // until Weir gives up
		})), Options{})
		lines := logged(t, r)
		c := r.dial(t)
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
		receive(t, "the request", asked)
		c.Close()
		if l := lines(1)[0]; l.Status != 499 || l.Reason != "canceled" || l.Attempts != 1 || l.Bytes != 0 || l.FirstByte != 0 {
			t.Errorf("%+v, want 499, canceled", l)
		}
	})
	t.Run("an error's answer", func(t *testing.T) {
		r := start(t, one(t, rawBackend(t, answering("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))), Options{})
		lines := logged(t, r)
		r.dial(t).get("/")
		if l := lines(1)[0]; l.Status != 500 || l.Reason != "error" {
			t.Errorf("%+v, want 500, error", l)
		}
	})
	t.Run("broken off", func(t *testing.T) {
		r := start(t, one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) { readRequest(br) })), Options{})
		lines := logged(t, r)
		c := r.dial(t)
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
		g := c.receive("POST")
		if l := lines(1)[0]; l.Status != 502 || l.Reason != g.Header.Get("X-Weir-Reason") || l.Reason == "" || l.Bytes != len(g.body) {
			t.Errorf("%+v, want 502 and the answer's word %q", l, g.Header.Get("X-Weir-Reason"))
		}
	})
}

// What is refused gets a line with what was understood of it.
func TestAccessLogRefused(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.HeaderTimeout = 200 * time.Millisecond })
	for _, tt := range []struct {
		name, in       string
		status         int
		reason         string
		method, target string
	}{
		{"no method", "\x16\x03\x01", 400, "bad_method", "", ""},
		{"no host", "GET /a HTTP/1.1\r\n\r\n", 400, "bad_host", "GET", "/a"},
		{"trace", "TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method", "TRACE", "/a"},
		{"bad body", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "framing", "POST", "/a"},
		{"too slow", "GET /slow HTTP/1.1\r\nHost", 408, "head_timeout", "GET", "/slow"},
		{"too large", "GET /large HTTP/1.1\r\nX: " + strings.Repeat("x", 40<<10), 431, "head_too_large", "GET", "/large"},
		{"a line of its own", "GET /a\" 200 \x01 HTTP/1.1\r\n\r\n", 400, "bad_version", "GET", `/a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := logged(t, r)
			c := r.dial(t)
			c.send(tt.in)
			g := c.receive("POST")
			l := lines(1)[0]
			if l.Status != tt.status || l.Reason != tt.reason || l.Method != tt.method || l.Target != tt.target ||
				l.Client != "127.0.0.1" || l.Bytes != len(g.body) || l.Attempts != 0 {
				t.Errorf("%+v\nwant %d %s %q %q, %d bytes", l, tt.status, tt.reason, tt.method, tt.target, len(g.body))
			}
		})
	}
}

// An upgraded connection has its line while it lives.
func TestAccessLogUpgrade(t *testing.T) {
	r := start(t, one(t, foo(t, echo)), Options{})
	lines := logged(t, r)
	c := tunnelled(t, r)
	if l := lines(1)[0]; l.Status != 101 || l.Reason != "ok" || l.Attempts != 1 || l.FirstByte <= 0 {
		t.Errorf("%+v, want 101, ok", l)
	}
	c.send("still here")
	c.says("still here")
}
