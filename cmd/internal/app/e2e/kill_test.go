//go:build !race

package e2e

import (
	"strings"
	"testing"
)

// Promise: an endpoint that dies under load costs no idempotent request, is taken
// out, and comes back only after its checks passed `rise` times.
func TestKilledEndpoint(t *testing.T) {
	t.Parallel()
	const rise = 3
	dead := newProcess(t, freeAddr(t))
	a, b, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{
		versions: []version{one("v1", 100, a.addr, b.addr, dead.addr)},
		extra:    "health: {active: {path: /health, interval: 300ms, timeout: 200ms, rise: 3, fall: 5}}",
	})
	w.eventually("all endpoints up", func() bool { return w.endpoint(dead.addr).Health == "up" })
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "kill"})
	eventually(t, "traffic on all endpoints", func() bool { return requests(dead) > 20 })

	dead.kill()
	w.eventually("the dead endpoint is ejected", func() bool { return w.endpoint(dead.addr).Health == "ejected" })
	a0 := a.count()
	eventually(t, "the others carry on", func() bool { return a.count() > a0+50 })

	back := newProcess(t, dead.addr)
	eventually(t, "traffic on the endpoint again", func() bool { return requests(back) > 20 })
	noFailures(t, l.end())
	probes := 0
	for _, line := range back.seen() {
		if strings.HasPrefix(line, "request ") {
			break
		}
		if line == "probe" {
			probes++
		}
	}
	if probes < rise {
		t.Errorf("the endpoint got its first request after %d checks, want %d or more", probes, rise)
	}
}

func requests(p *process) int {
	n := 0
	for _, line := range p.seen() {
		if strings.HasPrefix(line, "request ") {
			n++
		}
	}
	return n
}
