package proxy

import "testing"

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
