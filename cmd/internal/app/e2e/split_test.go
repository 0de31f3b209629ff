//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Promise: shares are exact to a few requests, and a new split holds from the
// next request on. Connections are kept on both sides all the while.
func TestSplitIsExact(t *testing.T) {
	t.Parallel()
	const n, conns, slack = 20000, 64, 4
	v1, v2, w := pair(t, 90, 10)
	shots := closedLoop(w.web, conns, n)
	noFailures(t, shots)
	if got := dials(shots); got != conns {
		t.Errorf("%d requests took %d connections, want %d kept ones", n, got, conns)
	}
	for _, b := range []*backend{v1, v2} {
		if got := b.conns.Load(); got > conns {
			t.Errorf("endpoint %s was connected to %d times by %d users, want each connection to be kept", b.addr, got, conns)
		}
	}
	near(t, "v2 of 90/10", byVersion(shots)["v2"], n/10, slack)
	near(t, "v1 of 90/10", byVersion(shots)["v1"], n*9/10, slack)
	if got := v1.count() + v2.count(); got != n {
		t.Errorf("the backends received %d requests, want %d", got, n)
	}

	w.split(`{"v1":50,"v2":50}`)
	shots = closedLoop(w.web, conns, n)
	noFailures(t, shots)
	near(t, "v2 of 50/50", byVersion(shots)["v2"], n/2, slack)
}

func TestNextRequestObeysNewSplit(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	c := &client{addr: w.web}
	defer c.close()
	for i := range 50 {
		version, weights := "v1", `{"v1":100,"v2":0}`
		if i%2 == 0 {
			version, weights = "v2", `{"v1":0,"v2":100}`
		}
		w.split(weights)
		if s := c.do(fmt.Sprint(i), http.MethodGet, nil, time.Now()); !s.ok() || s.version != version {
			t.Fatalf("first request after %s: %v, want 200 from %s", weights, s, version)
		}
	}
}

// Clients that come with a period (a poller, a balancer in front) must not see
// one version only: k is such a client when it sends each period-th request.
func TestPeriodicClientsSeeEveryVersion(t *testing.T) {
	t.Parallel()
	const n, slack = 10000, 12
	_, _, w := pair(t, 90, 10)
	for _, percent := range []int{10, 50} {
		w.split(fmt.Sprintf(`{"v1":%d,"v2":%d}`, 100-percent, percent))
		shots := closedLoop(w.web, 1, n)
		noFailures(t, shots)
		for _, period := range []int{2, 5, 10} {
			for k := range period {
				var mine []shot
				for i := k; i < n; i += period {
					mine = append(mine, shots[i])
				}
				what := fmt.Sprintf("client %d of period %d, v2 at %d %%", k, period, percent)
				near(t, what, byVersion(mine)["v2"], len(mine)*percent/100, slack)
			}
		}
	}
}

// pair runs Weir in front of two backends, one a version.
func pair(t *testing.T, weight1, weight2 float64) (v1, v2 *backend, w *weir) {
	t.Helper()
	v1, v2, w = newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", weight1, v1.addr), one("v2", weight2, v2.addr)}})
	return v1, v2, w
}
