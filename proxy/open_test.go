package proxy

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// Connections that were opened ahead carry the first requests.
func TestOpenedAhead(t *testing.T) {
	var made atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{s.Listener.Addr().String()}})
	r := start(t, up, Options{})
	e := up.Versions[0].Endpoints[0]
	if err := r.Open(t.Context(), e, 3, time.Second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three connections", func() bool { return made.Load() == 3 })
	c := r.dial(t)
	for range 10 {
		if g := c.get("/"); g.body != "ok" {
			t.Fatalf("%d %q", g.StatusCode, g.body)
		}
	}
	if n := made.Load(); n != 3 {
		t.Errorf("%d connections after the requests, want none more than the 3 that were open", n)
	}
	s.CloseClientConnections() // the endpoint hangs up: they are made anew
	eventually(t, "the hang-up is seen", func() bool { return e.pool.Idle() == 0 })
	if err := r.Open(t.Context(), e, 2, time.Second); err != nil {
		t.Fatal(err)
	}
	if n := e.pool.Idle(); n != 2 {
		t.Errorf("%d connections wait, want 2", n)
	}
}
