//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// health is what Weir says of the i-th endpoint of v1.
func (w *weir) health(i int) string {
	w.t.Helper()
	return w.upstream().Versions[0].Endpoints[i].Health
}

// TestSlowStart: an endpoint that is well again gets next to nothing at first, and its
// whole share in the end.
func TestSlowStart(t *testing.T) {
	t.Parallel()
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, a.addr, b.addr)}, extra: `
health:
  active: {path: /health, interval: 50ms, rise: 1, fall: 1}
  slow_start: 4s`})
	if h := w.health(1); h != "up" {
		t.Errorf("at the start of the process b is %s, want up: it has been serving all along", h)
	}
	b.sick.Store(true)
	w.eventually("b is down", func() bool { return w.health(1) == "down" })
	b.sick.Store(false)
	w.eventually("b begins slowly", func() bool { return w.health(1) == "slow_start" })

	c := &client{addr: w.web}
	defer c.close()
	began, toB, all := time.Now(), [5]int{}, [5]int{}
	for time.Since(began) < 5*time.Second {
		second := int(time.Since(began) / time.Second)
		s := c.do(fmt.Sprint(second), http.MethodGet, nil, time.Now())
		if !s.ok() {
			t.Fatalf("%v, want 200", s)
		}
		all[second]++
		if s.backend == b.addr {
			toB[second]++
		}
		time.Sleep(2 * time.Millisecond)
	}
	// On average an eighth of a half in the first second, and a half in the fifth.
	for second, want := range [5][2]int{{1, 15}, {10, 27}, {22, 40}, {34, 49}, {40, 55}} {
		if share := 100 * toB[second] / all[second]; share < want[0] || share > want[1] {
			t.Errorf("second %d: %d %% of %d requests, want %d to %d %%", second, share, all[second], want[0], want[1])
		}
	}
	if h := w.health(1); h != "up" {
		t.Errorf("after its slow start b is %s, want up", h)
	}
}

// TestPassiveModeNginx: one failure takes an endpoint out, the request behind it
// passes it over already; a backup takes over; one request brings it back.
func TestPassiveModeNginx(t *testing.T) {
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.writeText(nginxMode(w, a, b))
	w.start()

	c := &client{addr: w.web}
	defer c.close()
	get := func(want int) shot {
		t.Helper()
		s := c.do("x", http.MethodGet, nil, time.Now())
		if s.err != nil || s.status != want {
			t.Fatalf("%v, want %d", s, want)
		}
		return s
	}
	for range 5 {
		if s := get(200); s.backend != a.addr {
			t.Errorf("%v, want the primary", s)
		}
	}
	a.fails(503)
	before := a.count()
	for range 20 {
		if s := get(200); s.backend != b.addr {
			t.Errorf("%v, want the backup", s)
		}
	}
	if n := a.count() - before; n != 1 {
		t.Errorf("the failing endpoint was asked %d times, want once", n)
	}
	if h := w.health(0); h != "ejected" {
		t.Errorf("it is %s, want ejected", h)
	}
	b.fails(503)
	get(502) // the backup failed, and nobody is left
	get(502)

	ok := func(int, *http.Request) reply { return reply{} }
	a.does(ok)
	b.does(ok)
	w.eventually("the primary serves again", func() bool {
		s := c.do("x", http.MethodGet, nil, time.Now())
		return s.ok() && s.backend == a.addr
	})
	w.eventually("it is up", func() bool { return w.health(0) == "up" })
}

// nginxMode is the file of an upstream with one endpoint and one backup.
func nginxMode(w *weir, primary, backup *backend) string {
	return fmt.Sprintf(`listeners: [{name: web, address: %q}]
admin: {address: %q}
state: ./state
upstreams:
  api:
    versions: {v1: {endpoints: [%q, {address: %q, backup: true}]}}
    health: {passive: {mode: nginx, fail_timeout: 2s}}
    retry: {tries: 5, on: [connect, timeout, reset, 503]}
routes: [{upstream: api}]
`, w.web, w.admin, primary.addr, backup.addr)
}
