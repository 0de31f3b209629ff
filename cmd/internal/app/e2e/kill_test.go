//go:build !race

package e2e

import (
	"slices"
	"testing"

	"weir/cmd/internal/app/ground"
)

// Promise: an endpoint that dies under load costs no idempotent request, is taken
// out, and comes back only after its checks passed `rise` times.
func TestKilledEndpoint(t *testing.T) {
	t.Parallel()
	const rise = 3
	dead := newProcess(t, ground.FreeAddr(t))
	dead.passes(t)
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{
		versions: []version{one("v1", 100, a.addr, b.addr, dead.addr)},
		extra:    "health: {active: {path: /health, interval: 300ms, timeout: 200ms, rise: 3, fall: 5}}",
	})
	w.eventually("all endpoints up", func() bool { return w.endpoint(dead.addr).Health == "up" })
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "kill"})
	eventually(t, "traffic on all endpoints", func() bool { return dead.count(seenRequest) > 20 })

	dead.kill()
	w.eventually("the dead endpoint is ejected", func() bool { return w.endpoint(dead.addr).Health == "ejected" })
	a0 := a.count()
	eventually(t, "the others carry on", func() bool { return a.count() > a0+50 })

	// The first ejection ends after 10 s, by itself. Checks that fail for longer
	// than that make sure that it is not what keeps the endpoint out.
	const pastEjection = 45 // of 300 ms
	back := newProcess(t, dead.addr)
	eventually(t, "checks fail until the ejection is over", func() bool { return back.count(seenFailure) >= pastEjection })
	if h := w.endpoint(dead.addr).Health; h != "down" {
		t.Errorf("the endpoint's health is %s while its checks fail, want down", h)
	}
	back.passes(t)
	eventually(t, "traffic on the endpoint again", func() bool { return back.count(seenRequest) > 20 })
	noFailures(t, l.end())

	seen := back.seen()
	before := seen[:slices.Index(seen, seenRequest)]
	passed := 0
	for _, line := range before {
		if passed++; line == seenFailure {
			passed = 0
		}
	}
	if passed < rise {
		t.Errorf("the endpoint got its first request after %d passed checks in a row, want %d or more: %q", passed, rise, before[max(0, len(before)-8):])
	}
}
