//go:build !race

package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// ramp is a rollout that stays at its first step, a tenth of the traffic.
const ramp = `rollout: {strategy: canary, steps: [{weight: 10%, hold: 10m}, {weight: 100%}], bake: 10m}`

// canary runs Weir with v1 at 100 and v2 at 0.
func canary(t *testing.T, extra string) (v1, v2 *backend, w *weir) {
	t.Helper()
	v1, v2, w = newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: extra})
	return v1, v2, w
}

// Promise: a candidate that fails from its first request is out after a handful
// of failures, and no user of an idempotent request sees one.
func TestDeadCandidateIsReverted(t *testing.T) {
	v1, v2, w := threefold(t, ramp)
	v2.fails(500)
	l := startLoad(t, loadOptions{addr: w.web, rate: 1000, postEvery: 5, prefix: "dead"})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 1500 })
	w.startRollout("v2")
	r := w.rolloutIs("reverted")
	n := l.sofar()
	eventually(t, "traffic after the revert", func() bool { return l.sofar() > n+500 })
	shots := l.end()

	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	bounded(t, v2, shots, decidedAt)
	reverted(t, w, "rollout", "worse", "errors")
	if r.Report == nil || r.Report.FailedAttempts == 0 || r.Report.SecondsToZero == nil {
		t.Errorf("report %+v: want failed attempts and the seconds to zero", r.Report)
	}
}

// threefold is canary with three endpoints of v2, so that the verdict is faster
// than their ejection one by one.
func threefold(t *testing.T, extra string) (v1, v2 *backend, w *weir) {
	t.Helper()
	return manifold(t, 3, 0, extra)
}

// manifold runs Weir with so many endpoints of v2, which begins with a weight of
// a hundred.
func manifold(t *testing.T, endpoints int, weight2 float64, extra string) (v1, v2 *backend, w *weir) {
	t.Helper()
	v1, v2, w = newBackend(t), newBackend(t), newWeir(t)
	many := one("v2", weight2, v2.addr)
	for len(many.endpoints) < endpoints {
		many.endpoints = append(many.endpoints, v2.another(t))
	}
	w.run(conf{versions: []version{one("v1", 100-weight2, v1.addr), many}, extra: extra})
	return v1, v2, w
}

// Promise: a candidate that accepts and never answers is out within 2 s. Users of
// idempotent requests have stable's answer about when the attempt is overdue, after a
// second; a POST is sent once, and waits for as long as it may.
func TestHangingCandidateIsReverted(t *testing.T) {
	v1, v2, w := threefold(t, ramp+"\ntimeouts: {response: 5s}")
	v2.does(func(int, *http.Request) reply { return reply{hang: true} })
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 5, prefix: "hang"})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 500 })
	w.startRollout("v2")
	w.rolloutIs("reverted")
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	reverted(t, w, "rollout", "worse", "errors")
	log := v2.received()
	out, slowest := log[len(log)-1].at.Sub(log[0].at), slowestOf(shots, isGet)
	t.Logf("out %v after the first hang, %d requests; the slowest GET took %v", out.Round(time.Millisecond), len(log), slowest.Round(time.Millisecond))
	if out > 2*time.Second {
		t.Errorf("the candidate got its last request %v after its first hang, want 2 s at most", out)
	}
	if slowest > 2*time.Second {
		t.Errorf("a GET took %v, want about a second at most", slowest)
	}
}

func slowestOf(shots []shot, which func(shot) bool) time.Duration {
	var slowest time.Duration
	for _, s := range shots {
		if which(s) {
			slowest = max(slowest, s.done.Sub(s.sent))
		}
	}
	return slowest
}

func TestSlightlyWorseCandidateIsReverted(t *testing.T) {
	t.Parallel()
	v1, v2, w := canary(t, strings.Replace(ramp, "10%", "25%", 1))
	v1.failsEvery(1000)
	v2.failsEvery(20)
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "slight"})
	w.startRollout("v2")
	w.rolloutIs("reverted")
	shots := l.end()
	reverted(t, w, "rollout", "worse")
	if bad := len(shots) - countOK(shots); bad > len(shots)/500 {
		t.Errorf("users saw %d errors of %d requests, want those of stable only", bad, len(shots))
	}
}

func countOK(shots []shot) int {
	n := 0
	for _, s := range shots {
		if s.ok() {
			n++
		}
	}
	return n
}

func TestEqualCandidateIsKept(t *testing.T) {
	t.Parallel()
	v1, v2, w := canary(t, strings.Replace(ramp, "10%", "25%", 1))
	v1.failsEvery(50)
	v2.failsEvery(50)
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "equal"})
	w.startRollout("v2")
	eventually(t, "1000 requests at the candidate", func() bool { return v2.count() > 1000 })
	l.end()
	if r := w.rollout(); r.State != "progressing" || w.share("v2") != 0.25 {
		t.Errorf("rollout %+v, share %v: want progressing at 0.25", r, w.share("v2"))
	}
}

// Promise: when both versions begin to fail alike, nobody is blamed.
func TestSharedOutageIsHeld(t *testing.T) {
	t.Parallel()
	v1, v2, w := canary(t, strings.Replace(ramp, "10%", "25%", 1))
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "outage"})
	w.startRollout("v2")
	eventually(t, "traffic at the candidate", func() bool { return v2.count() > 200 })
	v1.fails(500)
	v2.fails(500)
	w.rolloutIs("holding")
	n := v1.count()
	eventually(t, "more of the outage", func() bool { return v1.count() > n+2000 })
	if r := w.rollout(); r.State != "holding" || w.share("v2") != 0.25 {
		t.Errorf("in a shared outage: rollout %+v, share %v, want holding at 0.25", r, w.share("v2"))
	}
	v1.does(func(int, *http.Request) reply { return reply{} })
	v2.does(func(int, *http.Request) reply { return reply{} })
	w.rolloutIs("progressing")
	l.end()
}

// Promise: a candidate that dies while it has all the traffic is replaced by the
// version that was kept warm.
func TestCandidateDiesInBake(t *testing.T) {
	t.Parallel()
	const alone = 2 * decidedAt // with nothing to compare the rule takes two ticks
	// Five failures in a row take an endpoint out: that must not come first.
	v1, v2, w := manifold(t, 6, 0, `rollout: {strategy: canary, steps: [{weight: 50%, hold: 500ms}, {weight: 100%}], bake: 10m}`)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 5, prefix: "bake"})
	w.startRollout("v2")
	w.rolloutIs("baking")
	if got := w.share("v2"); got != 1 {
		t.Fatalf("share of the candidate in the bake is %v, want 1", got)
	}
	time.Sleep(5 * time.Second) // the promise names this time; nothing is waited for
	v2.fails(500)
	w.rolloutIs("reverted")
	n := l.sofar()
	eventually(t, "traffic after the revert", func() bool { return l.sofar() > n+100 })
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	bounded(t, v2, shots, alone)
	reverted(t, w, "rollout", "errors") // nobody else has traffic: *alone* decides
}

// Promise: a split that nobody started a rollout for is guarded too.
func TestUnstartedSplitIsGuarded(t *testing.T) {
	t.Parallel()
	v1, v2, w := manifold(t, 3, 10, "")
	if g := w.upstream().Guard; g == nil || g.To != "v2" || g.From != "v1" || g.State != "progressing" {
		t.Errorf("guard of a split that nobody started is %+v, want one of v2 against v1", g)
	}
	l := startLoad(t, loadOptions{addr: w.web, rate: 500, postEvery: 5, prefix: "guard"})
	eventually(t, "steady traffic", func() bool { return v2.count() > 50 })
	v2.fails(500)
	w.eventually("the guard takes v2 out", func() bool { return w.share("v2") == 0 })
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	bounded(t, v2, shots, decidedAt)
	reverted(t, w, "guard", "worse", "errors")
}
