package proxy

import (
	"fmt"
	"io"
	"net"
	"testing"
)

// placed sends an order, with a line of a header where that is not empty.
func (c *client) placed(line string) got {
	c.t.Helper()
	c.send("POST / HTTP/1.1\r\nHost: a\r\n" + line + "Content-Length: 2\r\n\r\nhi")
	return c.receive("POST")
}

// TestNonIdempotentIsOptIn: a POST that may have reached an endpoint is sent to another
// one of its version only where the operator says so.
func TestNonIdempotentIsOptIn(t *testing.T) {
	for _, how := range []string{"reset", "closed", "503"} {
		for _, may := range []bool{false, true} {
			f := newFailing(t, how)
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, cannedPosts(t)}})
			up.Retry.NonIdempotent = may
			c := start(t, up, Options{}).dial(t)
			if g := c.placed(""); (g.StatusCode == 200) != may {
				t.Errorf("%s, non_idempotent %v: %d", how, may, g.StatusCode)
			}
			if n := f.count.Load(); n != 1 {
				t.Errorf("%s, non_idempotent %v: %d attempts at the failing endpoint, want 1", how, may, n)
			}
		}
	}
}

// TestPostsStayInTheirVersion: what may have been done by one version is done again by
// another one only for a client that says how to know it again, whatever the operator
// says of retries: neither under the shield nor for want of endpoints.
func TestPostsStayInTheirVersion(t *testing.T) {
	for _, how := range []string{"reset", "closed", "503"} {
		for _, shielded := range []bool{false, true} {
			for _, may := range []bool{false, true} {
				for line, keyed := range map[string]bool{"": false, "Idempotency-Key:\r\n": false, "Idempotency-Key: \"8e03978e\"\r\n": true} {
					name := fmt.Sprintf("%s, shielded %v, non_idempotent %v, %q", how, shielded, may, line)
					f := newFailing(t, how)
					b := &failing{}
					b.addr = rawBackend(t, b.script(func(nc net.Conn) { io.WriteString(nc, plainAnswer) }))
					up := upstreamOf(t,
						part{name: "v1", weight: 0, addresses: []string{b.addr}},
						part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: shielded})
					up.Retry.NonIdempotent = may
					want := keyed && (shielded || may)
					c := start(t, up, Options{}).dial(t)
					if g := c.placed(line); (g.StatusCode == 200) != want {
						t.Errorf("%s: %d", name, g.StatusCode)
					}
					if n, m := f.count.Load(), b.count.Load(); n != 1 || (m == 1) != want || m > 1 {
						t.Errorf("%s: %d attempts at the failing version, %d at the other", name, n, m)
					}
				}
			}
		}
	}
}
