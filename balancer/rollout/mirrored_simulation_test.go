//go:build !race

package rollout_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// A whole rollout that begins with mirroring, and candidates that mirroring finds
// before any user has met them.
func TestSimulationMirroredRamps(t *testing.T) {
	p := filePlan()
	p.Steps = append([]rollout.PlanStep{{Mirror: 20, MaxMismatch: 0.01, Hold: time.Minute}}, p.Steps...)
	for name, tt := range map[string]struct {
		change func(*simulate.World)
		reason string
	}{
		"good":   {func(*simulate.World) {}, "succeeded"},
		"unlike": {func(w *simulate.World) { w.Mismatch = 0.04 }, "mismatch: "},
		"worse":  {func(w *simulate.World) { w.Candidate = simulate.Everywhere(simulate.Constant(0.05)) }, "worse: of "},
	} {
		w := simulate.New(1, p, 3)
		w.Stable, w.Candidate = simulate.Constant(0.001), simulate.Everywhere(simulate.Constant(0.001))
		tt.change(w)
		phase := w.Run(time.Hour)
		if !strings.HasPrefix(w.State.Reason, tt.reason) {
			t.Errorf("%s: %s: %s", name, phase, w.State.Reason)
		}
		if n := w.Observed.Candidate.Requests; (n > 0) != (name == "good") {
			t.Errorf("%s: %d users have met the candidate", name, n)
		}
	}
}

// TestSimulationMirrored: a candidate that is no worse than stable and differs no more
// than it may is reverted no more often than alpha says, though it is looked at all
// the time, and though failures of both are of the same requests.
func TestSimulationMirrored(t *testing.T) {
	const runs, looks, alpha = 400, 300, 0.01
	for name, tt := range map[string]struct{ both, each, mismatch float64 }{
		"hardly any failures": {0, 0.002, 0},
		"common failures":     {0.1, 0.01, 0.001},
		"at the limit":        {0.01, 0.01, 0.01},
	} {
		rng := rand.New(rand.NewPCG(7, 8))
		reverted := 0
		for range runs {
			s, _ := rollout.New("r", mirroring(rollout.PlanStep{Pause: true}), 0, start)
			o := rollout.Observation{StableUsable: 3, CandidateUsable: 3, StableHealthy: true}
			for look := range looks {
				for range 20 {
					o.Mirror.Pairs++
					if rng.Float64() < tt.both {
						continue
					}
					switch stable, candidate := rng.Float64() < tt.each, rng.Float64() < tt.each; {
					case candidate && !stable:
						o.Mirror.CandidateWorse++
					case stable && !candidate:
						o.Mirror.StableWorse++
					case rng.Float64() < tt.mismatch:
						o.Mirror.Mismatches++
					}
				}
				s, _, _ = rollout.Step(s, o, rollout.None, start.Add(time.Duration(look)*100*time.Millisecond))
				if s.Phase == rollout.Reverting {
					reverted++
					break
				}
			}
		}
		t.Logf("%s: %d of %d reverted", name, reverted, runs)
		if reverted > alpha*runs {
			t.Errorf("%s: %d of %d reverted, want at most %v of them", name, reverted, runs, alpha)
		}
	}
}
