//go:build !race

package e2e

import (
	"net/http"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// Promise: a restart does not begin with 503s: who is told "ready" is served.
func TestFirstRequestAfterStart(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	w.write(conf{
		versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, // nobody takes over for v1
		extra:    "health: {active: {path: /health, interval: 1s, timeout: 500ms, rise: 2, fall: 3}}",
	})
	for range 15 {
		w.launch()
		for end := time.Now().Add(patience); !ground.IsReady(w.admin); { // a look every 10 ms would be too kind
			if time.Now().After(end) {
				t.Fatal("not ready")
			}
		}
		c := &client{addr: w.web}
		for _, id := range []string{"first", "second"} {
			if s := c.do(id, http.MethodGet, nil, time.Now()); !s.ok() {
				t.Errorf("%s request after ready: %v, want 200", id, s)
			}
		}
		c.close()
		w.stop()
	}
}
