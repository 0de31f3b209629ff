package rollout_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// bench drives one state by hand.
type bench struct {
	t     *testing.T
	state rollout.State
	last  rollout.Action
	obs   rollout.Observation
	now   time.Time
}

func begin(t *testing.T, p rollout.Plan, percent float64) *bench {
	t.Helper()
	b := &bench{t: t, now: start}
	b.obs = rollout.Observation{
		StableUsable: 3, CandidateUsable: 1, StableHealthy: true,
		Endpoints: []rollout.EndpointCount{{Address: "a"}},
	}
	b.state, b.last = rollout.New("r", p, percent, start)
	b.wait(0)
	return b
}

// wait passes time in looks of 100 ms, and stops at the first move.
func (b *bench) wait(d time.Duration) rollout.Action {
	b.t.Helper()
	for end := b.now.Add(d); ; {
		next, a, err := rollout.Step(b.state, b.obs, rollout.None, b.now)
		if err != nil {
			b.t.Fatalf("Step: %v", err)
		}
		b.state, b.last = next, a
		if a.Move == rollout.SetPercent { // as the engine does when the writer has published
			if b.state, _, err = rollout.Step(next, b.obs, rollout.None, b.now); err != nil {
				b.t.Fatalf("Step: %v", err)
			}
		}
		if a.Move != rollout.Stay || !b.now.Before(end) {
			return a
		}
		b.now = b.now.Add(100 * time.Millisecond)
	}
}

func (b *bench) serve(stable, stableFailed, candidate, candidateFailed uint64) {
	b.obs.Stable.Requests += stable
	b.obs.Stable.Failures += stableFailed
	b.obs.Candidate.Requests += candidate
	b.obs.Candidate.Failures += candidateFailed
	b.obs.Endpoints[0].Requests += candidate
	b.obs.Endpoints[0].Failures += candidateFailed
	b.obs.Users += stable + candidate
	b.obs.FailedAttempts += stableFailed + candidateFailed
}

func (b *bench) command(c rollout.Command) (rollout.Action, error) {
	next, a, err := rollout.Step(b.state, b.obs, c, b.now)
	if b.state = next; a.Move == rollout.SetPercent {
		b.state, _, _ = rollout.Step(next, b.obs, rollout.None, b.now)
	}
	return a, err
}

func (b *bench) want(p rollout.Phase, percent float64, reason string) {
	b.t.Helper()
	if b.state.Phase != p || b.state.Percent != percent || !strings.Contains(b.state.Reason, reason) {
		b.t.Errorf("phase %s, %v %%, reason %q; want %s, %v %%, reason with %q",
			b.state.Phase, b.state.Percent, b.state.Reason, p, percent, reason)
	}
}

func TestNew(t *testing.T) {
	steps := []rollout.PlanStep{{Percent: 1}, {Percent: 10, Pause: true}, {Percent: 50}}
	for _, c := range []struct {
		name    string
		plan    rollout.Plan
		start   float64
		phase   rollout.Phase
		move    rollout.Move
		percent float64
		step    int
		steps   int
	}{
		{"first step", rollout.Plan{Steps: steps}, 0, rollout.Progressing, rollout.SetPercent, 1, 0, 4},
		{"skips steps not above the share", rollout.Plan{Steps: steps}, 1, rollout.Paused, rollout.SetPercent, 10, 1, 4},
		{"the step that ends it is added", rollout.Plan{Steps: steps}, 50, rollout.Progressing, rollout.SetPercent, 100, 3, 4},
		{"has everything already", rollout.Plan{Steps: steps, Bake: time.Minute}, 100, rollout.Baking, rollout.Stay, 100, 3, 4},
		{"no steps", rollout.Plan{}, 0, rollout.Progressing, rollout.SetPercent, 100, 0, 1},
		{"guard", rollout.Plan{Guard: true}, 30, rollout.Progressing, rollout.Stay, 30, 0, 0},
	} {
		s, a := rollout.New("r", c.plan, c.start, start)
		if s.Phase != c.phase || a.Move != c.move || a.Percent != c.percent || s.Percent != c.percent || s.Step != c.step ||
			len(s.Plan.Steps) != c.steps || !a.Changed || s.Reason == "" {
			t.Errorf("%s: %s, %s %v, step %d of %d, %q", c.name, s.Phase, a.Move, a.Percent, s.Step, len(s.Plan.Steps), s.Reason)
		}
	}
	if len(steps) != 3 {
		t.Error("New changed the caller's steps")
	}
}

func TestRampToTheEnd(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.want(rollout.Progressing, 1, "step 1 of 4")
	b.serve(1000, 0, 19, 0)
	if a := b.wait(time.Hour); a.Move != rollout.Stay {
		t.Errorf("after an hour with 19 of 20 requests: %s", a.Move)
	}
	b.serve(0, 0, 1, 0)
	b.wait(10 * time.Second) // alone, it waits for one of stable's
	b.want(rollout.Progressing, 10, "step 2 of 4")
	b.serve(1000, 0, 1000, 0)
	b.wait(19 * time.Second)
	b.want(rollout.Progressing, 10, "step 2 of 4")
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 25, "step 3 of 4")
	b.serve(1000, 0, 1000, 0)
	b.wait(30 * time.Second)
	b.want(rollout.Progressing, 100, "step 4 of 4")
	b.serve(0, 0, 1000, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Baking, 100, "baking")
	if a := b.wait(2 * time.Minute); a.Move != rollout.Finish || !a.Changed {
		t.Errorf("after the bake: %+v", a)
	}
	b.want(rollout.Succeeded, 100, "succeeded: v2 is stable")
	var none float64
	want := &rollout.Report{Requests: 6020, Availability: 100, Numbers: &rollout.Numbers{
		Candidate: rollout.Counts{Requests: 3020}, Stable: rollout.Counts{Requests: 3000}, From: &none, Alpha: 0.01, Errors: 1, Latency: 1, Worse: 1,
	}}
	if diff := cmp.Diff(want, b.state.Report, cmpopts.EquateApprox(0, 1e-9)); diff != "" || !b.state.EndedAt.Equal(b.now) {
		t.Errorf("report (-want +got):\n%s ended %v, now %v", diff, b.state.EndedAt, b.now)
	}
	before := b.state
	b.serve(0, 0, 100, 100)
	b.wait(time.Minute)
	if diff := cmp.Diff(before, b.state); diff != "" {
		t.Errorf("an ended rollout changed:\n%s", diff)
	}
}

// Every command in every phase.
func TestCommands(t *testing.T) {
	plan := defaultPlan()
	plan.Steps[1].Pause = true
	promoted := func(b *bench) { b.command(rollout.Promote) }
	baking := func(b *bench) { b.command(rollout.PromoteFull) }
	pause := func(b *bench) { b.command(rollout.Pause) }
	abort := func(b *bench) { b.command(rollout.Abort) }
	unusable := func(b *bench) { b.obs.CandidateUsable = 0; b.wait(0) }
	usable := func(b *bench) { b.obs.CandidateUsable = 1 }
	const refused = rollout.Phase("refused")
	for _, c := range []struct {
		name    string
		prepare []func(*bench)
		command rollout.Command
		want    rollout.Phase
		percent float64
		move    rollout.Move
	}{
		{"progressing", nil, rollout.Promote, rollout.Paused, 10, rollout.SetPercent},
		{"progressing", nil, rollout.PromoteFull, rollout.Baking, 100, rollout.SetPercent},
		{"progressing", nil, rollout.Pause, rollout.Paused, 1, rollout.Stay},
		{"progressing", nil, rollout.Resume, refused, 1, rollout.Stay},
		{"progressing", nil, rollout.Abort, rollout.Reverting, 0, rollout.Revert},
		{"progressing", nil, rollout.Command(99), refused, 1, rollout.Stay},
		{"paused", []func(*bench){pause}, rollout.Promote, rollout.Paused, 10, rollout.SetPercent},
		{"paused", []func(*bench){pause}, rollout.PromoteFull, rollout.Baking, 100, rollout.SetPercent},
		{"paused", []func(*bench){pause}, rollout.Pause, refused, 1, rollout.Stay},
		{"paused", []func(*bench){pause}, rollout.Resume, rollout.Progressing, 1, rollout.Stay},
		{"paused", []func(*bench){pause}, rollout.Abort, rollout.Reverting, 0, rollout.Revert},
		{"paused by the plan", []func(*bench){promoted}, rollout.Promote, rollout.Progressing, 25, rollout.SetPercent},
		{"paused by the plan", []func(*bench){promoted}, rollout.Pause, refused, 10, rollout.Stay},
		{"paused by the plan", []func(*bench){promoted}, rollout.Resume, refused, 10, rollout.Stay},
		{"holding", []func(*bench){unusable}, rollout.Promote, refused, 1, rollout.Stay},
		{"holding", []func(*bench){unusable}, rollout.PromoteFull, refused, 1, rollout.Stay},
		{"holding", []func(*bench){unusable}, rollout.Pause, rollout.Holding, 1, rollout.Stay},
		{"holding, still unusable", []func(*bench){unusable}, rollout.Resume, refused, 1, rollout.Stay},
		{"holding, usable again", []func(*bench){unusable, usable}, rollout.Resume, rollout.Progressing, 1, rollout.Stay},
		{"holding and paused", []func(*bench){pause, unusable, usable}, rollout.Resume, rollout.Paused, 1, rollout.Stay},
		{"holding", []func(*bench){unusable}, rollout.Abort, rollout.Reverting, 0, rollout.Revert},
		{"last step", []func(*bench){promoted, promoted, promoted}, rollout.Promote, rollout.Baking, 100, rollout.Stay},
		{"baking", []func(*bench){baking}, rollout.Promote, rollout.Succeeded, 100, rollout.Finish},
		{"baking", []func(*bench){baking}, rollout.PromoteFull, refused, 100, rollout.Stay},
		{"baking", []func(*bench){baking}, rollout.Pause, rollout.Paused, 100, rollout.Stay},
		{"baking, paused", []func(*bench){baking, pause}, rollout.Resume, rollout.Baking, 100, rollout.Stay},
		{"baking", []func(*bench){baking}, rollout.Abort, rollout.Reverting, 0, rollout.Revert},
		{"reverting", []func(*bench){abort}, rollout.Abort, refused, 0, rollout.Stay},
		{"reverting", []func(*bench){abort}, rollout.Promote, refused, 0, rollout.Stay},
		{"succeeded", []func(*bench){baking, promoted}, rollout.Abort, refused, 100, rollout.Stay},
	} {
		b := begin(t, plan, 0)
		for _, f := range c.prepare {
			f(b)
		}
		before := b.state
		a, err := b.command(c.command)
		if c.want == refused {
			if !errors.Is(err, rollout.ErrWrongPhase) || !cmp.Equal(before, b.state) || a != (rollout.Action{}) {
				t.Errorf("%s, %s: %v, %+v, want refused and nothing changed", c.name, c.command, err, a)
			}
			continue
		}
		if err != nil || b.state.Phase != c.want || b.state.Percent != c.percent || a.Move != c.move || !a.Changed || a.Reason == before.Reason {
			t.Errorf("%s, %s: %v, %s at %v %%, %+v; want %s at %v %%, %s", c.name, c.command, err, b.state.Phase, b.state.Percent, a, c.want, c.percent, c.move)
		}
	}
}

func TestAbort(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.command(rollout.Abort)
	b.want(rollout.Reverting, 0, "operator")
	if a := b.wait(0); a.Move != rollout.Revert {
		t.Errorf("a reverting state says %s, want revert until it is confirmed", a.Move)
	}
	if s := b.state.Confirmed(); s.Phase != rollout.Aborted || s.Report == nil || s.Report.SecondsToZero != nil {
		t.Errorf("confirmed: %s, report %+v; want aborted without a failure", s.Phase, s.Report)
	}
}

func TestPauseStopsTheAdvanceAndNothingElse(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.serve(1000, 0, 100, 0)
	b.command(rollout.Pause)
	b.wait(time.Hour)
	b.want(rollout.Paused, 1, "paused by operator")
	b.command(rollout.Resume)
	b.wait(0) // the hold ran on
	b.want(rollout.Progressing, 10, "step 2")
	b.command(rollout.Pause)
	b.serve(90, 0, 10, 10)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse: v2 failed 10 of 110 first attempts (9.091%), v1 failed 0 of 1090 first attempts (0%); e-value")
}

func TestUnusable(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.serve(100, 0, 10, 0)
	b.obs.CandidateUsable = 0
	b.wait(0)
	b.want(rollout.Holding, 1, "v2 has no usable endpoint")
	b.serve(100, 0, 0, 0)
	if a := b.wait(4900 * time.Millisecond); a.Move != rollout.Stay {
		t.Fatalf("%s before unusable_for", a.Move)
	}
	b.wait(200 * time.Millisecond)
	b.want(rollout.Reverting, 0, "unusable: v2 has no usable endpoint for 5s; v1 has 3")
}

func TestUnusableHoldEndsByItself(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.obs.CandidateUsable = 0
	b.wait(4 * time.Second)
	b.obs.CandidateUsable = 1
	b.wait(9 * time.Second)
	b.want(rollout.Holding, 1, "no usable endpoint")
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 1, "gone for 10s")
	b.obs.CandidateUsable = 0
	b.wait(4 * time.Second)
	b.want(rollout.Holding, 1, "no usable endpoint")
}

func TestUnusableStaysWhileStableIsNoBetter(t *testing.T) {
	for name, stable := range map[string]func(*bench){
		"no usable endpoint": func(b *bench) { b.obs.StableUsable, b.obs.StableHealthy = 0, false },
		"over the limit":     func(b *bench) { b.serve(10, 2, 0, 0) },
		"nothing known":      func(b *bench) { b.obs.StableHealthy = false },
	} {
		b := begin(t, defaultPlan(), 0)
		b.obs.CandidateUsable = 0
		for range 120 {
			stable(b)
			b.wait(500 * time.Millisecond)
		}
		b.want(rollout.Holding, 1, "no usable endpoint")
		b.obs.StableUsable, b.obs.StableHealthy = 3, true
		for range 5 * 60 {
			b.serve(1000, 0, 0, 0)
			if b.wait(200*time.Millisecond).Move == rollout.Revert {
				break
			}
		}
		if b.state.Phase != rollout.Reverting {
			t.Errorf("%s: a minute after stable is well: %s: %s", name, b.state.Phase, b.state.Reason)
		}
	}
}

func TestUnusableForZeroRevertsAtOnce(t *testing.T) {
	p := defaultPlan()
	p.Rules.UnusableFor = 0
	b := begin(t, p, 0)
	b.obs.CandidateUsable = 0
	b.wait(0)
	b.want(rollout.Reverting, 0, "unusable")
}

func TestErrorsHoldEndsByItselfAndByResume(t *testing.T) {
	for _, resume := range []bool{false, true} {
		b := begin(t, at(100), 0)
		b.obs.StableHealthy = false
		b.serve(0, 0, 20, 20)
		b.obs.Retries += 20 // none succeeds
		b.wait(0)
		b.want(rollout.Holding, 100, "0 of 20 retries on v1 succeeded")
		if resume {
			if _, err := b.command(rollout.Resume); err != nil {
				t.Fatal(err)
			}
			b.want(rollout.Paused, 100, "resumed")
			continue
		}
		for range 30 {
			b.serve(0, 0, 20, 0)
			b.wait(time.Second)
		}
		b.want(rollout.Paused, 100, "gone for 10s")
	}
}

func TestAloneWithoutRetries(t *testing.T) {
	for _, c := range []struct {
		healthy bool
		want    rollout.Phase
	}{{true, rollout.Reverting}, {false, rollout.Holding}} {
		b := begin(t, at(100), 0)
		b.obs.StableHealthy = c.healthy
		b.serve(0, 0, 20, 20)
		b.wait(0)
		b.want(rollout.Holding, 100, "waiting for more")
		b.wait(1200 * time.Millisecond)
		if b.state.Phase != c.want || c.want == rollout.Reverting && !strings.HasPrefix(b.state.Reason, "errors: ") {
			t.Errorf("stable healthy %v: %s: %s", c.healthy, b.state.Phase, b.state.Reason)
		}
	}
}

// Slow retries come in after the alarm: the decision does not wait for the next tick.
func TestAloneLateRetries(t *testing.T) {
	b := begin(t, at(100), 0)
	b.serve(0, 0, 8, 8)
	b.wait(0)
	b.want(rollout.Holding, 100, "waiting for more")
	b.obs.Retries, b.obs.RetriesOK = 8, 8
	b.now = b.now.Add(10 * time.Millisecond)
	b.wait(0)
	b.want(rollout.Reverting, 0, "8 of 8 retries on v1 succeeded")
}

func TestMinFailures(t *testing.T) {
	p := at(1)
	p.Rules.MinFailures = 6
	b := begin(t, p, 0)
	b.serve(495, 0, 5, 5)
	b.wait(time.Second)
	if b.state.Phase == rollout.Reverting {
		t.Errorf("worse with 5 of 6 failures: %s", b.state.Reason)
	}
	b.serve(99, 0, 1, 1)
	b.wait(time.Second)
	b.want(rollout.Reverting, 0, "failed 6 of 6")
}

func TestGuardOnlyHoldsAndReverts(t *testing.T) {
	p := rollout.Plan{Strategy: "manual", From: "v1", To: "v2", Rules: defaults, Guard: true}
	b := begin(t, p, 10)
	b.serve(900, 0, 100, 0)
	b.wait(time.Hour)
	b.want(rollout.Progressing, 10, "judged")
	for _, c := range []rollout.Command{rollout.Promote, rollout.Pause, rollout.Abort} {
		if _, err := b.command(c); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("%s on a guard: %v", c, err)
		}
	}
	b.serve(90, 0, 10, 10)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse: ")
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted {
		t.Errorf("confirmed: %s", s.Phase)
	}
}

// What a process reads back continues: evidence, step and watched time, but not
// the counters, which begin at 0 again.
func TestRestart(t *testing.T) {
	b := begin(t, at(1), 0)
	b.serve(200, 0, 2, 2)
	b.wait(time.Second)
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if string(again) != string(kept) {
		t.Errorf("came back as\n%s\nwant\n%s", again, kept)
	}
	b.state = back
	b.now = b.now.Add(24 * time.Hour)
	b.obs.Stable, b.obs.Candidate, b.obs.Endpoints[0].Failures = rollout.Counts{Requests: 500}, rollout.Counts{Requests: 5, Failures: 5}, 5
	b.wait(0)
	if b.state.Phase != rollout.Paused || b.state.Watched != back.Watched || b.state.InStep != back.InStep {
		t.Errorf("the first look of a process is no evidence, the time it was down no hold: %s, %v", b.state.Phase, b.state.Watched)
	}
	b.serve(200, 0, 2, 2)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse: v2 failed 4 of 4")
}

func TestCountersThatGoBackBeginAnew(t *testing.T) {
	b := begin(t, at(1), 0)
	b.serve(1000, 0, 1000, 0)
	b.wait(2 * time.Second)
	b.obs.Candidate, b.obs.Stable = rollout.Counts{Requests: 10, Failures: 10}, rollout.Counts{Requests: 2000}
	b.wait(2 * time.Second)
	if b.state.Phase != rollout.Paused || b.state.Evidence.Candidate.Failures != 0 {
		t.Errorf("%s: %s", b.state.Phase, b.state.Reason)
	}
	b.serve(100, 0, 10, 10)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse")
}

func TestClockJumps(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.serve(1000, 0, 100, 0)
	b.wait(15 * time.Second)
	b.now = b.now.Add(-24 * time.Hour)
	b.wait(4 * time.Second)
	b.want(rollout.Progressing, 1, "step 1") // 19 s
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 10, "step 2")
	b.now = b.now.Add(-time.Hour)
	b.wait(0)
	b.serve(900, 0, 100, 100)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse")
}

func TestReportOfARevert(t *testing.T) {
	b := begin(t, at(10), 0)
	b.wait(10 * time.Second)
	b.serve(90, 0, 3, 3)
	b.obs.UserErrors = 2
	b.wait(0)
	b.wait(2 * time.Second)
	r := b.state.Report
	if b.state.Phase != rollout.Reverting || r == nil || r.Requests != 93 || r.UserErrors != 2 || r.FailedAttempts != 3 ||
		r.SecondsToZero == nil || *r.SecondsToZero > 1 || r.Availability < 97.8 || r.Availability > 97.9 {
		t.Errorf("%s, report %+v", b.state.Phase, r)
	}
}

// Step shares nothing with the state it was given.
func TestStepIsPure(t *testing.T) {
	w := simulate.New(1, at(10), 3)
	w.Stable, w.Candidate = simulate.Constant(0.2), simulate.Everywhere(simulate.Constant(0.2))
	w.Run(5 * time.Second)
	before, _ := json.Marshal(w.State)
	o := w.Observed
	o.Endpoints = []rollout.EndpointCount{{Address: "a", Counts: rollout.Counts{Requests: 1000, Failures: 1000}}}
	o.Candidate.Requests += 1000
	o.Candidate.Failures += 1000
	rollout.Step(w.State, o, rollout.None, w.Now.Add(2*time.Second))
	if after, _ := json.Marshal(w.State); string(after) != string(before) {
		t.Errorf("Step changed its argument from\n%s\nto\n%s", before, after)
	}
}
