package rollout_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
)

// Rules are armed in holding too (semantics §4): a hold waits for one thing to get
// better, and must not be where everything else is overlooked.
func TestRevertOutOfHolding(t *testing.T) {
	h := newHost()
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		p := defaultPlan()
		p.Steps = []rollout.PlanStep{{Percent: 10, Hold: time.Hour}, {Percent: 100}}
		mustStart(t, ctx, e, p)
		h.with(func() { h.mu.traffic = healthy })
		time.Sleep(5 * time.Second)
		h.with(func() { h.mu.obs.CandidateUsable = 0 })
		time.Sleep(time.Second)
		synctest.Wait()
		if s := rolloutOf(t, e); s.Phase != rollout.Holding {
			t.Fatalf("without a usable endpoint: %s: %s, want holding", s.Phase, s.Reason)
		}
		// It is back, which ends the hold after ten seconds; but it is dead.
		h.with(func() {
			h.mu.obs.CandidateUsable = 1
			h.mu.traffic = func(percent float64) rollout.Observation {
				d := healthy(percent)
				d.Candidate.Failures = d.Candidate.Requests
				return d
			}
		})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if s := rolloutOf(t, e); s.Phase != rollout.Reverted || !slices.Contains(h.moves(), rollout.Revert) {
			t.Errorf("three seconds after it failed in the hold: %s: %s, want reverted", s.Phase, s.Reason)
		}
	})
}
