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
	s.Plan.Rules.Latency, s.Plan.Rules.ClientErrors, s.Plan.Rules.SampleRatio = true, true, true
	s.Plan.Rules.PlainErrors = rollout.PlainErrors{Rate: 0.05, Window: time.Minute, MinRequests: 1}
	s.Plan.Rules.PlainLatency = rollout.PlainLatency{Quantile: 0.99, Over: time.Second, Window: time.Minute, MinRequests: 1}
	s, _ = watched(s, 40)
	r.Rollout = &s
	f.Add(r.encode())
	for _, p := range []rollout.Plan{
		{Strategy: blueGreen, BlueGreen: &rollout.BlueGreen{Approval: true, AutoPromote: time.Second, ProgressDeadline: time.Second}},
		{Steps: []rollout.PlanStep{{Percent: 60, Certified: true, MaxHold: time.Second}}, OnUndecided: rollout.UndecidedRevert, Stepped: true},
	} {
		p.From, p.To, p.Rules = "v1", "v2", s.Plan.Rules
		s, _ := rollout.New("r2", p, 0, fuzzTime)
		r.Rollout = &s
		f.Add(r.encode())
		s, _ = watched(s, 10)
		f.Add(r.encode())
	}
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
		state, err := watched(*run, 50)
		if err != nil {
			t.Fatalf("step: %v", err)
		}
		if r.Rollout = &state; state.Phase != rollout.Reverting || state.Percent > 0 {
			if err := r.rolloutProblem(); err != nil && run.Plan.From == r.Split.Stable {
				t.Fatalf("kept after that its rollout is refused: %v", err)
			}
			if _, err := decodeRecord(r.encode()); err != nil {
				t.Fatalf("kept after that it is refused: %v", err)
			}
		}
	})
}

// watched is a state after so many looks at a candidate that is not well.
func watched(state rollout.State, looks int) (rollout.State, error) {
	now := fuzzTime
	var stable, candidate rollout.Latency
	o := rollout.Observation{
		StableUsable: 1, CandidateUsable: 2, StableHealthy: true, StableLatency: &stable, CandidateLatency: &candidate,
		Endpoints: []rollout.EndpointCount{{Address: "127.0.0.1:1"}, {Address: "127.0.0.1:2"}},
	}
	for i := range looks {
		now = now.Add(500 * time.Millisecond)
		o.Stable.Requests += 100
		o.Candidate.Requests += 20
		o.Candidate.Failures += uint64(i % 4 / 3)
		o.Candidate.ClientErrors++
		o.Endpoints[0].Requests += 20
		o.Endpoints[0].Slow[2] += 2
		o.Sent = rollout.Sent{Candidate: o.Candidate.Requests, Stable: o.Stable.Requests, AsSet: true}
		o.Preparation.Done = i%8 > 1
		o.Capacity.Stable = float64(30 + i)
		o.FailedSeen++
		o.FailedIDs = []string{"a"}
		for j := range 20 {
			stable.Add(time.Duration(j) * time.Millisecond)
			candidate.Add(time.Duration(j) * 10 * time.Millisecond)
		}
		next, _, err := rollout.Step(state, o, rollout.None, now)
		if err != nil {
			return state, err
		}
		state = next
		_ = state.WaitsFor()
	}
	return state, nil
}
