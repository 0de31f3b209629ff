package proxy

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/balancer"
	"weir/proxy/internal/affinity"
	"weir/proxy/internal/sock"
)

// services are backends that begin a session for who has none that they know.
func services(t testing.TB, n int) []string {
	addresses := make([]string, n)
	for i := range addresses {
		known := make(chan map[string]bool, 1)
		known <- map[string]bool{}
		addresses[i] = backend(t, func(w http.ResponseWriter, r *http.Request) {
			own := <-known
			if c, err := r.Cookie("sid"); err != nil || !own[c.Value] {
				sid := rand.Text()
				own[sid] = true
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid})
			}
			known <- own
			io.WriteString(w, r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		})
	}
	return addresses
}

func learnt() AffinityOptions {
	return AffinityOptions{Learn: &Learn{
		Create: of("upstream_cookie_sid"), Lookup: of("cookie_sid"), Timeout: time.Minute, Size: 1000,
	}}
}

// TestLearning: the service's own sessions bind, and Weir gives nothing.
func TestLearning(t *testing.T) {
	r := start(t, affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: services(t, 3)}), learnt()), Options{})
	for range 6 {
		b := r.browser(t)
		first, given := b.visit()
		if len(given) != 1 || !strings.HasPrefix(given[0], "sid=") {
			t.Fatalf("given %q, want the service's cookie alone", given)
		}
		if by := b.stays(); by != first {
			t.Fatalf("answered by %s, want %s, which began the session", by, first)
		}
	}
	if n := r.up.Live.Sessions.Len(); n != 6 {
		t.Errorf("%d sessions, want 6", n)
	}
}

// TestLearntOutlivesGenerations: by a reload that changes everything else too.
func TestLearntOutlivesGenerations(t *testing.T) {
	up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: services(t, 3)}), learnt())
	r := start(t, up, Options{})
	b := r.browser(t)
	first := b.stays()
	o := learnt()
	o.Learn.Size = 2000
	next := affine(t, up, o)
	r.serveRoutes(t, Route{Match: Match{Host: "*", Path: "/"}, Upstream: next})
	if by := b.stays(); by != first {
		t.Errorf("answered by %s after a reload, want %s", by, first)
	}
}

// TestLearntMoves: a session goes on where it was answered last, whether the service
// begins a new one or not.
func TestLearntMoves(t *testing.T) {
	for name, addresses := range map[string][]string{"a new session": services(t, 2), "the same": named(t, 2)} {
		t.Run(name, func(t *testing.T) {
			up := affine(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: addresses}), learnt())
			r := start(t, up, Options{})
			visit := r.browser(t).visitOnce
			if name == "the same" { // one that is known, by whatever way
				b := r.browser(t)
				session := func(req *http.Request) { req.AddCookie(&http.Cookie{Name: "sid", Value: "known"}) }
				visit = func() string { by, _ := b.visit(session); return by }
				up.Live.Sessions.Bind(affinity.KeyOf("v1", []byte("known")), DefaultRoute(addresses[0]), true, up.Affinity.learn.bounds, sock.Now())
			}
			first := visit()
			for _, e := range up.Versions[0].Endpoints {
				if e.Address == first {
					e.Live.SetAdmin(balancer.Down)
					defer e.Live.SetAdmin(balancer.Up)
				}
			}
			second := visit()
			if second == first {
				t.Fatalf("answered by %s, which is down", first)
			}
			for _, e := range up.Versions[0].Endpoints {
				e.Live.SetAdmin(balancer.Up)
			}
			for range 4 {
				if by := visit(); by != second {
					t.Fatalf("answered by %s, want %s, where the session is now", by, second)
				}
			}
		})
	}
}
