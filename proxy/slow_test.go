package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowClients: each kind ends at its deadline, however it trickles, and others
// are served meanwhile.
func TestSlowClients(t *testing.T) {
	large := strings.Repeat("a", 1<<20)
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil && r.URL.Path == "/large" {
			for range 32 {
				io.WriteString(w, large)
			}
		}
	})
	r := start(t, one(t, addr), Options{}, func(p *Clients) {
		p.HeaderTimeout, p.BodyTimeout, p.SendTimeout = time.Second, time.Second, time.Second
	})
	const each = 30
	slow := make(map[string][]*client)
	for range each {
		for how, in := range map[string]string{
			"head": "GET / HTTP/1.1\r\nHost: a\r\nX: ",
			"body": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc",
			"read": "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
		} {
			c := r.dial(t)
			c.send(in)
			slow[how] = append(slow[how], c)
		}
	}
	for _, c := range slow["head"] {
		go func() { // a trickle does not move the deadline of a head
			for range 1000 {
				if _, err := io.WriteString(c.Conn, "a"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	other := r.dial(t)
	for range 20 {
		if g := other.get("/"); g.StatusCode != 200 {
			t.Fatalf("%d beside slow clients, want 200", g.StatusCode)
		}
	}
	other.Close()
	for how, reason := range map[string]string{"head": "head_timeout", "body": "body_timeout"} {
		for _, c := range slow[how] {
			if g := c.receive("GET"); g.StatusCode != 408 || g.Header.Get("X-Weir-Reason") != reason || !g.Close {
				t.Errorf("%s: %d %v, want 408 %s and close", how, g.StatusCode, g.Header, reason)
			}
			c.Close()
		}
	}
	eventually(t, "all are gone, those too that read nothing", func() bool { return r.Connections() == 0 })
}
