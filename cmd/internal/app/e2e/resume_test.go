//go:build !race

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// halfway waits at a quarter of the traffic until it is promoted.
const halfway = `rollout: {strategy: canary, steps: [{weight: 10%, hold: 200ms}, {weight: 25%, pause: true}, {weight: 50%, hold: 200ms}, {weight: 100%}], bake: 1s}`

// Promise: kill -9 in the middle of a ramp loses nothing of it.
func TestRampSurvivesKill(t *testing.T) {
	t.Parallel()
	_, _, w := canary(t, halfway)
	l := startLoad(t, loadOptions{addr: w.web, rate: 200, prefix: "before"})
	w.startRollout("v2")
	before := w.rolloutIs("paused")
	noFailures(t, l.end())
	up := w.upstream()

	w.kill()
	w.start()
	same(t, w, up, before)

	l = startLoad(t, loadOptions{addr: w.web, rate: 200, prefix: "after"})
	w.must("POST", "/v1/upstreams/api/rollout/promote", "", nil)
	w.rolloutIs("succeeded")
	noFailures(t, l.end())
	if u := w.upstream(); u.Stable != "v2" || u.Split["v2"].Share != 1 {
		t.Errorf("after success: stable %s, split %v, want v2 with everything", u.Stable, u.Split)
	}
	w.stop()
}

// Promise: kill -9 in the middle of a running step too. The step has not had its
// requests, so it goes on waiting for them, and then the ramp goes on by itself.
func TestRunningStepSurvivesKill(t *testing.T) {
	t.Parallel()
	_, _, w := canary(t, `rollout: {strategy: canary, min_requests: 150, steps: [{weight: 30%}, {weight: 60%, hold: 1s}, {weight: 100%}], bake: 1s}`)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "before"})
	w.startRollout("v2")
	w.eventually("the second step", func() bool { return w.share("v2") == 0.6 })
	noFailures(t, l.end())
	up, before := w.upstream(), w.rollout()
	if before.State != "progressing" || before.Step != 2 {
		t.Fatalf("before the kill: %+v, want progressing in step 2", before)
	}

	w.kill()
	w.start()
	same(t, w, up, before)
	l = startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "after"})
	w.rolloutIs("succeeded")
	noFailures(t, l.end())
	if u := w.upstream(); u.Stable != "v2" || u.Split["v2"].Share != 1 {
		t.Errorf("after success: stable %s, split %v, want v2 with everything", u.Stable, u.Split)
	}
	h := w.history()
	if len(h) < 4 || h[1].Split["v2"].Share != 1 || h[2].Split["v2"].Share != 0.6 || h[3].Split["v2"].Share != 0.3 {
		t.Errorf("history %+v, want v2 at 30 %%, 60 %%, 100 %%, and stable", h)
	}
}

// Promise: however often and whenever Weir is killed, the next one is where the last
// one was, or one move further. In the end each step was taken once.
func TestRampSurvivesFiveKills(t *testing.T) {
	t.Parallel()
	const hold = 300 * time.Millisecond
	var percents []float64
	var steps []string
	for p := 4.0; p <= 100; p += 4 {
		percents = append(percents, p)
		steps = append(steps, fmt.Sprintf("{weight: %v%%, hold: %v}", p, hold))
	}
	_, _, w := canary(t, "rollout: {strategy: canary, min_requests: 1, bake: 1s, steps: ["+strings.Join(steps, ", ")+"]}")
	l := startLoad(t, loadOptions{addr: w.web, rate: 200, prefix: "kills"})
	w.startRollout("v2")
	at := uint64(2) // the revision of the first step
	for kill := range 5 {
		w.eventually("a move", func() bool { return w.upstream().Revision > at })
		asked := time.Now()
		at = w.upstream().Revision
		time.Sleep(time.Duration(rand.Int64N(int64(hold)))) // any moment will do: nothing is waited for
		w.kill()
		moves := uint64(1 + time.Since(asked)/hold)
		w.start()
		u := w.upstream()
		if u.Revision < at || u.Revision > at+moves {
			t.Errorf("kill %d: revision %d, want %d and at most %d further", kill+1, u.Revision, at, moves)
		}
		if want := percents[u.Revision-2] / 100; u.Stable != "v1" || u.Split["v2"].Share < want-1e-9 || u.Split["v2"].Share > want+1e-9 {
			t.Errorf("kill %d: revision %d has %v of v2, want %v", kill+1, u.Revision, u.Split["v2"].Share, want)
		}
		at = u.Revision
	}
	w.rolloutIs("succeeded")
	l.end() // what was under way at a kill has failed

	var took []float64
	for _, r := range slices.Backward(w.history()) {
		if r.Source == "rollout" && r.Stable == "v1" {
			took = append(took, 100*r.Split["v2"].Share)
		}
	}
	if d := cmp.Diff(percents, took, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Errorf("the steps of the rollout (-want +got):\n%s", d)
	}
}

// same demands the split, step and revision of before.
func same(t *testing.T, w *weir, up upstreamAnswer, before rolloutAnswer) {
	t.Helper()
	u, r := w.upstream(), w.rollout()
	if u.Revision != up.Revision || u.Stable != up.Stable {
		t.Errorf("after the restart: revision %d, stable %s, want %d, %s", u.Revision, u.Stable, up.Revision, up.Stable)
	}
	if d := cmp.Diff(up.Split, u.Split); d != "" {
		t.Errorf("another split after the restart (-before +after):\n%s", d)
	}
	if r.ID != before.ID || r.State != before.State || r.Step != before.Step || r.Weight != before.Weight {
		t.Errorf("after the restart: rollout %+v, want %+v", r, before)
	}
}

func TestGuardsAreArmedAfterKill(t *testing.T) {
	t.Parallel()
	v1, v2, w := threefold(t, strings.Replace(halfway, "pause: true", "hold: 10m", 1))
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, prefix: "before"})
	w.startRollout("v2")
	w.eventually("the second step", func() bool { return w.share("v2") == 0.25 })
	noFailures(t, l.end())

	w.kill()
	v2.fails(500)
	w.start()
	l = startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 4, prefix: "after"})
	w.rolloutIs("reverted")
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	bounded(t, v2, shots, decidedAt)
	reverted(t, w, "rollout", "worse", "errors")
}
