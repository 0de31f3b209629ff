package rollout_test

import (
	"math"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// TestProofIsWhatDecides: below its threshold nothing is reverted, and what is
// reverted for being worse has reached it.
func TestProofIsWhatDecides(t *testing.T) {
	b := begin(t, at(10), 0)
	if p := b.state.Proof(); p.Errors != 0 || p.Latency != 0 || math.Abs(p.Combined) > 1e-9 || p.Threshold != -math.Log(b.state.Plan.Rules.Alpha) {
		t.Errorf("proof before anything is known = %+v, want nothing", p)
	}
	b.serve(0, 0, 2, 2)
	b.wait(1100 * time.Millisecond)
	if p := b.state.Proof(); p.Combined > 1e-9 {
		t.Errorf("combined = %v after two failures of the candidate, of which only three count against it", p.Combined)
	}
	for range 100 {
		b.serve(90, 0, 10, 2)
		b.wait(1100 * time.Millisecond)
		p := b.state.Proof()
		reverted := b.state.Phase == rollout.Reverted || b.state.Phase == rollout.Reverting
		if above := p.Combined >= p.Threshold; above != reverted {
			t.Fatalf("combined %v, threshold %v, and the rollout is %s: %s", p.Combined, p.Threshold, b.state.Phase, b.state.Reason)
		}
		if reverted {
			return
		}
	}
	t.Error("never reverted")
}
