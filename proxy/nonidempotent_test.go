package proxy

import (
	"bufio"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// TestNonIdempotentIsOptIn: a POST that may have reached an endpoint is sent again
// only where the operator says so, under the shield too.
func TestNonIdempotentIsOptIn(t *testing.T) {
	for _, how := range []string{"reset", "closed", "503"} {
		for _, shielded := range []bool{false, true} {
			for _, may := range []bool{false, true} {
				f := newFailing(t, how)
				var up *Upstream
				if shielded {
					up = upstreamOf(t,
						part{name: "v1", weight: 0, addresses: []string{cannedPosts(t)}},
						part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
				} else {
					up = upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, cannedPosts(t)}})
				}
				up.Retry.NonIdempotent = may
				c := start(t, up, Options{}).dial(t)
				c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
				if g := c.receive("POST"); (g.StatusCode == 200) != may {
					t.Errorf("%s, shielded %v, non_idempotent %v: %d", how, shielded, may, g.StatusCode)
				}
				if n := f.count.Load(); n != 1 {
					t.Errorf("%s, shielded %v, non_idempotent %v: %d attempts at the failing endpoint, want 1", how, shielded, may, n)
				}
			}
		}
	}
}

// TestNonIdempotentOnAStaleConnection: what the endpoint closed under the request
// goes once more on a fresh connection, for a POST only if that is asked for.
func TestNonIdempotentOnAStaleConnection(t *testing.T) {
	for _, may := range []bool{false, true} {
		var count atomic.Int64
		addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			for n := 0; ; n++ {
				if _, err := readRequest(br); err != nil || n == 1 {
					return // the second request on a connection is not answered
				}
				count.Add(1)
				io.WriteString(nc, plainAnswer)
			}
		})
		up := one(t, addr)
		up.Retry.NonIdempotent = may
		c := start(t, up, Options{}).dial(t)
		if g := c.get("/"); g.StatusCode != 200 {
			t.Fatalf("first answer %d, want 200", g.StatusCode)
		}
		eventually(t, "idle connection", func() bool { return up.Versions[0].Endpoints[0].pool.Idle() == 1 })
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
		if g := c.receive("POST"); (g.StatusCode == 200) != may {
			t.Errorf("non_idempotent %v: %d", may, g.StatusCode)
		}
		want := uint64(1)
		if may {
			want = 2
		}
		eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
		if ok := firsts(up.Versions[0])[0]; ok != want || uint64(count.Load()) != want {
			t.Errorf("non_idempotent %v: %d ok first attempts, %d answers, want %d", may, ok, count.Load(), want)
		}
	}
}
