package proxy

import (
	"strings"
	"testing"
	"time"
)

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
