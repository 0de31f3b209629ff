package proxy

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestBadRequests sends what must not be forwarded. The endpoint gets nothing,
// the client one small answer, and the connection stays or ends as the table says.
func TestBadRequests(t *testing.T) {
	var reached atomic.Int64
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			if _, err := br.ReadByte(); err != nil {
				return
			}
			reached.Add(1)
		}
	})
	r := start(t, one(t, addr), Options{}, func(p *Clients) { p.HeaderTimeout = 300 * time.Millisecond })
	const keep, closed = true, false
	get := func(field string) string { return "GET / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n" }
	post := func(fields, body string) string {
		return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body
	}
	for _, tt := range []struct {
		name, in string
		status   int
		keep     bool
	}{
		{"length and chunked", post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400, closed},
		{"two lengths", post("Content-Length: 3\r\nContent-Length: 3", "abc"), 400, closed},
		{"length list", post("Content-Length: 3, 3", "abc"), 400, closed},
		{"signed length", post("Content-Length: +3", "abc"), 400, closed},
		{"length of 20 digits", post("Content-Length: 99999999999999999999", ""), 400, closed},
		{"unknown coding", post("Transfer-Encoding: gzip, chunked", ""), 501, closed},
		{"chunked not last", post("Transfer-Encoding: chunked, gzip", ""), 400, closed},
		{"identity", post("Transfer-Encoding: identity", ""), 400, closed},
		{"chunked twice", post("Transfer-Encoding: chunked, chunked", ""), 400, closed},
		{"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, closed},
		{"space before colon", get("Content-Length : 3"), 400, closed},
		{"space in name", get("X Y: z"), 400, closed},
		{"no colon", get("nonsense"), 400, closed},
		{"fold", get("X: a\r\n b"), 400, closed},
		{"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, closed},
		{"head ended by LF LF", "GET / HTTP/1.1\r\nHost: a\r\n\nGET /x HTTP/1.1\r\n\r\n", 400, closed},
		{"bare CR in value", get("X: a\rb"), 400, closed},
		{"NUL in value", get("X: a\x00b"), 400, closed},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400, closed},
		{"two hosts", get("Host: b"), 400, closed},
		{"bad host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, closed},
		{"foreign scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, closed},
		{"no slash", "GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400, closed},
		{"star", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, closed},
		{"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, closed},
		{"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405, closed},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, keep},
		{"long method", strings.Repeat("A", 40) + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501, closed},
		{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, closed},
		{"HTTP/0.9", "GET /\r\n\r\n", 400, closed},
		{"long target", "GET /" + strings.Repeat("a", 10_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, closed},
		{"long head", get("X: " + strings.Repeat("a", 40_000)), 431, closed},
		{"endless line", "GET /" + strings.Repeat("a", 40_000), 414, closed},
		{"many fields", get(strings.Repeat("X: a\r\n", 120) + "X: a"), 431, closed},
		{"many empty lines", strings.Repeat("\r\n", 10) + get("X: a"), 400, closed},
		{"bad chunk size", post("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"), 400, closed},
		{"chunk size with space", post("Transfer-Encoding: chunked", "3 \r\nabc\r\n0\r\n\r\n"), 400, closed},
		{"bare LF chunk", post("Transfer-Encoding: chunked", "3\nabc\r\n0\r\n\r\n"), 400, closed},
		{"odd expectation", post("Expect: y\r\nContent-Length: 1", "a"), 417, closed},
		{"head trickled", "GET / HTTP/1.1\r\nHost:", 408, closed},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, closed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.dial(t)
			c.send(tt.in)
			g := c.receive("GET")
			if g.StatusCode != tt.status || g.Close == tt.keep {
				t.Errorf("%d, close %v, want %d, close %v", g.StatusCode, g.Close, tt.status, !tt.keep)
			}
			reason := g.Header.Get("X-Weir-Reason")
			if reason == "" || len(g.body) > 100 || !strings.Contains(g.body, reason) {
				t.Errorf("reason %q, body %q, want a word and a small body that names it", reason, g.body)
			}
			if tt.keep {
				c.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
				if g := c.receive("GET"); g.StatusCode != 405 {
					t.Errorf("second answer %d, want 405 on the same connection", g.StatusCode)
				}
				return
			}
			c.Conn.(*net.TCPConn).CloseWrite()
			c.closed()
			if n := r.Rejects()[reason]; n == 0 {
				t.Errorf("rejects %v, want %s counted", r.Rejects(), reason)
			}
		})
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d bytes reached the endpoint, want none", n)
	}
}

func TestSilentConnectionsAreClosedWithoutAWord(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{}, func(p *Clients) { p.HeaderTimeout = 50 * time.Millisecond; p.KeepAliveTimeout = 50 * time.Millisecond })
	fresh := r.dial(t)
	fresh.closed()
	used := r.dial(t)
	used.get("/")
	used.send("\r\n") // an empty line behind a request begins no other
	used.closed()
}

// TestBadAnswers: what an endpoint must not say never reaches a client.
func TestBadAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"length and chunked": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"status 099":         "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
		"not asked for 101":  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
		"HTTP/2.0":           "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"NUL in a value":     "HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
		"bare LF":            "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
		"no HTTP":            "SSH-2.0-OpenSSH_9.0\r\n\r\n",
		"head without end":   "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 40_000),
		"endless interim":    strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 110),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, one(t, rawBackend(t, answering(answer))), Options{})
			c := r.dial(t)
			c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
			g := c.receive("POST")
			for g.StatusCode == 102 {
				g = c.receive("POST")
			}
			if g.StatusCode != 502 || g.Header.Get("X-Weir-Reason") != "upstream_answer" {
				t.Errorf("%d %q, want 502 upstream_answer", g.StatusCode, g.Header.Get("X-Weir-Reason"))
			}
			if g.Close {
				t.Error("the client's connection was closed, want it kept")
			}
			if n := r.up.Versions[0].Endpoints[0].pool.Idle(); n != 0 {
				t.Errorf("%d idle connections, want the bad one closed", n)
			}
		})
	}
}

// TestRefusedHeadHasNoBody: what answers HEAD is a head, whatever the reason.
func TestRefusedHeadHasNoBody(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	for name, head := range map[string]string{
		"bad chunk":   "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n",
		"bad framing": "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := r.dial(t)
			c.send(head)
			if g := c.receive("HEAD"); g.StatusCode != 400 {
				t.Errorf("%d, want 400", g.StatusCode)
			}
			c.Conn.(*net.TCPConn).CloseWrite()
			c.closed()
		})
	}
}

func TestOwnAnswersAreTextOrJSON(t *testing.T) {
	s := start(t, one(t, cannedBackend(t)), Options{})
	snap, err := NewSnapshot(2, []Route{{Host: "known", Path: "/", Upstream: s.up}})
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(snap)
	c := s.dial(t)
	for accept, want := range map[string]string{
		"*/*":                               "Not Found (no_route)\n",
		"application/json":                  `{"status":404,"reason":"no_route"}` + "\n",
		"application/problem+json;q=0.9":    `{"status":404,"reason":"no_route"}` + "\n",
		"text/html, application/json;q=0.5": "Not Found (no_route)\n",
	} {
		c.send(fmt.Sprintf("GET / HTTP/1.1\r\nHost: unknown\r\nAccept: %s\r\n\r\n", accept))
		if g := c.receive("GET"); g.StatusCode != 404 || g.body != want {
			t.Errorf("Accept %s: %d %q, want 404 %q", accept, g.StatusCode, g.body, want)
		}
	}
	c.send("HEAD / HTTP/1.1\r\nHost: unknown\r\n\r\nGET / HTTP/1.1\r\nHost: KNOWN:80\r\n\r\n")
	if g := c.receive("HEAD"); g.StatusCode != 404 || g.body != "" {
		t.Errorf("HEAD: %d %q, want 404 without a body", g.StatusCode, g.body)
	}
	if g := c.receive("GET"); g.body != "hello" {
		t.Errorf("known host: %d %q, want hello", g.StatusCode, g.body)
	}
	if n := s.Rejects()["no_route"]; n != 5 {
		t.Errorf("no_route counted %d times, want 5", n)
	}
}
