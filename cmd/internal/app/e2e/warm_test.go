//go:build !race

package e2e

import "testing"

// Promise: a version at weight 0 is checked like any other.
func TestVersionWithoutTrafficIsChecked(t *testing.T) {
	t.Parallel()
	_, v2, w := canary(t, "health: {active: {path: /health, interval: 100ms, timeout: 30s, rise: 1, fall: 1}}")
	v2.sick.Store(true)
	w.eventually("it is found ill", func() bool { return w.endpoint(v2.addr).Health == "down" })
	v2.sick.Store(false)
	w.eventually("it is found well", func() bool { return w.endpoint(v2.addr).Health == "up" })

}

// Promise: what connections a version has are kept while it has no traffic.
func TestVersionWithoutTrafficKeepsConnections(t *testing.T) {
	t.Parallel()
	_, v2, w := canary(t, "") // no checks, which make connections of their own
	w.split(`{"v1":0,"v2":100}`)
	noFailures(t, closedLoop(w.web, 4, 100))
	w.split(`{"v1":100,"v2":0}`)
	noFailures(t, closedLoop(w.web, 4, 100))
	before := v2.conns.Load()
	w.split(`{"v1":0,"v2":100}`)
	shots := closedLoop(w.web, 1, 50)
	noFailures(t, shots)
	if n := v2.conns.Load(); n != before || before == 0 {
		t.Errorf("%d connections before it had no traffic, %d after; want the same", before, n)
	}
	if last := shots[len(shots)-1]; last.version != "v2" {
		t.Errorf("%v; want it from v2", last)
	}
}
