package rollout_test

import (
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// What stable did while it had traffic must not excuse a candidate that dies
// when it has it all.
func TestStableOfYesterdayIsNoAlibi(t *testing.T) {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: 50, Hold: 5 * time.Second}, {Percent: 100}}
	p.Bake = time.Hour
	b := begin(t, p, 0)
	for range 8 { // stable fails a fifth, the candidate is the fix
		b.serve(500, 100, 500, 0)
		b.wait(time.Second)
	}
	for range 20 {
		b.serve(0, 0, 1000, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Baking, 100, "baking")
	b.serve(0, 0, 1000, 1000)
	b.obs.Retries, b.obs.RetriesOK = 1000, 1000
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "1000 of 1000 retries on v1 succeeded")
}

// A hold ends when the candidate answers well again, not when it answers nothing.
func TestHoldDoesNotEndWithoutTraffic(t *testing.T) {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: 100}}
	b := begin(t, p, 0)
	b.serve(0, 0, 100, 0)
	b.wait(2 * time.Second)
	b.obs.StableHealthy = false // nothing to go back to
	b.serve(0, 0, 20, 20)
	b.wait(2 * time.Second)
	b.want(rollout.Holding, 100, "errors: v2 failed 20 of")
	b.wait(10 * time.Minute)
	b.want(rollout.Holding, 100, "errors: v2 failed 20 of")
	for range 11 {
		b.serve(0, 0, 10, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Baking, 100, "has been gone for 10s")
}

// Checks take both versions out, and stable passes its own first.
func TestCandidateMayReturnLaterThanStable(t *testing.T) {
	b := begin(t, at(10), 0)
	b.serve(900, 0, 100, 0)
	b.wait(2 * time.Second)
	b.obs.CandidateUsable, b.obs.StableUsable, b.obs.StableHealthy = 0, 0, false
	b.wait(time.Minute)
	b.want(rollout.Holding, 10, "nor has v1")
	b.obs.StableUsable, b.obs.StableHealthy = 3, true
	for range 20 {
		b.serve(100, 0, 0, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Holding, 10, "unusable")
	for range 20 {
		b.serve(100, 0, 0, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Reverting, 0, "unusable: v2 has no usable endpoint for")
}

// The tick that is open when a step begins is of the step before.
func TestMinRequestsCountsTheStepAlone(t *testing.T) {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: 10, Hold: 1500 * time.Millisecond}, {Percent: 50}, {Percent: 100}}
	b := begin(t, p, 0)
	b.serve(900, 0, 100, 0)
	b.wait(1100 * time.Millisecond)
	b.serve(90, 0, 100, 0)
	b.wait(time.Second)
	b.want(rollout.Progressing, 50, "step 2 of 3")
	b.wait(time.Minute)
	b.want(rollout.Progressing, 50, "step 2 of 3")
	b.serve(20, 0, 20, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 100, "step 3 of 3")
}

// What a rollout waits for is told in every phase.
func TestWaitsFor(t *testing.T) {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: 1, Hold: time.Minute}, {Percent: 10, Hold: 20 * time.Second}, {Percent: 50, Pause: true}}
	b := begin(t, p, 5)
	want := func(text string) {
		t.Helper()
		if got := b.state.WaitsFor(); got != text {
			t.Errorf("%s waits for %q, want %q", b.state.Phase, got, text)
		}
	}
	b.want(rollout.Progressing, 10, "begins there because v2 has 5% already")
	b.serve(90, 0, 10, 0)
	b.wait(5 * time.Second)
	want("hold: 15s to go; 10 of 20 requests")
	if _, err := b.command(rollout.Pause); err != nil {
		t.Fatal(err)
	}
	want("resume: an operator has paused it")
	b.obs.CandidateUsable = 0
	b.wait(time.Second)
	b.want(rollout.Holding, 10, "unusable")
	want("the cause to be gone for 10s, or resume; then resume once more: an operator has paused it")
	b.obs.CandidateUsable = 1
	b.wait(11 * time.Second)
	for _, c := range []rollout.Command{rollout.Resume, rollout.Promote} {
		if _, err := b.command(c); err != nil {
			t.Fatal(err)
		}
	}
	want("promote: the plan pauses here")
	if _, err := b.command(rollout.PromoteFull); err != nil {
		t.Fatal(err)
	}
	want("bake: 1m0s to go")
	if got := b.state.WarmUntil(); !got.IsZero() {
		t.Errorf("warm until %v before the end", got)
	}
	if _, err := b.command(rollout.Promote); err != nil {
		t.Fatal(err)
	}
	want("")
	if got := b.state.WarmUntil(); !got.Equal(b.now.Add(30 * time.Minute)) {
		t.Errorf("warm until %v, want half an hour from %v", got, b.now)
	}
}

// A dead candidate of one endpoint is ejected after its fifth failure, so that
// there is no eighth: it must not take until the end of the second to say so.
func TestDeadAndEjectedIsDecidedAtOnce(t *testing.T) {
	for seed := range uint64(20) {
		w := simulate.New(seed, at(10), 1)
		w.RPS, w.Eject = 1000, true
		w.Candidate = func(t float64, _ int) float64 {
			if t < 30.3 {
				return 0
			}
			return 1
		}
		if p := w.Run(time.Minute); p != rollout.Reverting {
			t.Fatalf("seed %d: %s: %s", seed, p, w.State.Reason)
		}
		if took := w.Elapsed() - 30300*time.Millisecond; took < 0 || took > 300*time.Millisecond {
			t.Errorf("seed %d: reverted %v after it died: %s", seed, took, w.State.Reason)
		}
	}
}
