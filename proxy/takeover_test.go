package proxy

import (
	"io"
	"net/http"
	"testing"
)

// Promise: without a usable stable the others take over within their max_conns, and
// what is too much is refused at once (semantics §2).
func TestTakeoverIsBounded(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	slow := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		io.WriteString(w, "v2")
	})
	up := upstreamOf(t,
		part{name: "v1", weight: 1e6, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 1, addresses: []string{slow}},
	)
	v1, v2 := &up.Split.Shares()[0], &up.Split.Shares()[1]
	v2.MaxConns = 2
	v2.Group.Count()
	up.Versions[0].Endpoints[0].Live.SetEjected(true)
	v1.Group.Rebuild()
	r := start(t, up, Options{})
	answers := make(chan got, 2)
	for range 2 {
		c := r.dial(t)
		go func() { answers <- c.get("/") }()
		<-arrived
	}
	c := r.dial(t)
	for range 5 {
		if g := c.get("/"); g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "max_conns" {
			t.Fatalf("%d %q, want 503 max_conns while v2 has all it can take", g.StatusCode, g.Header.Get("X-Weir-Reason"))
		}
	}
	close(release)
	for range 2 {
		if g := <-answers; g.body != "v2" {
			t.Errorf("%d %q, want v2's answer", g.StatusCode, g.body)
		}
	}
	go func() { <-arrived }()
	eventually(t, "there is room again", func() bool { return v2.Group.Load().Inflight() == 0 })
	if g := c.get("/"); g.body != "v2" {
		t.Errorf("with room again: %d %q", g.StatusCode, g.body)
	}
	if n := r.Rejects()["max_conns"]; n != 5 {
		t.Errorf("%d refusals are counted, want 5", n)
	}
}
