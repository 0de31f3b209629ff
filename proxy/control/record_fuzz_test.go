package control

import (
	"testing"
	"time"

	"weir/balancer/rollout"
)

// fuzzTime is fixed, so that the fuzzer sees the same input take the same way twice.
var fuzzTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// FuzzRecord: whatever a store gives back is refused, or can be served and judged
// without a panic, and says the same when it is kept again.
func FuzzRecord(f *testing.F) {
	s, _ := rollout.New("r1", rollout.Plan{
		Strategy: "canary", From: "v1", To: "v2",
		Steps: []rollout.PlanStep{{Percent: 10, Hold: time.Second}, {Percent: 50, Pause: true}},
		Rules: rollout.Rules{MaxErrorRate: 0.05, Alpha: 0.01, Tolerate: 1.25, MinFailures: 3, UnusableFor: 5 * time.Second},
		Bake:  time.Minute,
	}, 0, fuzzTime)
	r := firstRecord(split{"v1", weights{"v1": 99.9, "v2": 0.1}})
	f.Add(r.encode())
	r.Rollout = &s
	r = r.revise(split{"v1", weights{"v1": 90, "v2": 10}}, cause{Source: SourceRollout, Rollout: &s})
	f.Add(r.encode())
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := decodeRecord(in)
		if err != nil {
			return
		}
		if r.rolloutProblem() != nil {
			r.Rollout = nil
		}
		if _, err := decodeRecord(r.encode()); err != nil {
			t.Fatalf("kept again it is refused: %v", err)
		}
		run := r.running()
		if run == nil {
			return
		}
		state, now := *run, fuzzTime
		o := rollout.Observation{StableUsable: 1, CandidateUsable: 1, StableHealthy: true}
		for range 50 {
			now = now.Add(500 * time.Millisecond)
			o.Stable.Requests += 100
			o.Candidate.Requests += 20
			o.Candidate.Failures += 3
			if state, _, err = rollout.Step(state, o, rollout.None, now); err != nil {
				t.Fatalf("step: %v", err)
			}
			_ = state.WaitsFor()
		}
	})
}
