package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// flagPlan is the ramp of a flag: internal, beta, a tenth, everybody.
func flagPlan() rollout.Plan {
	p := defaultPlan()
	p.Flag, p.From, p.To = "new-checkout", "off", "on"
	p.Steps = []rollout.PlanStep{
		{Segment: "internal", Hold: 10 * time.Second}, {Segment: "beta", Hold: 10 * time.Second},
		{Percent: 10, Hold: 10 * time.Second}, {Percent: 100},
	}
	return p
}

// flagBench is the ramp as the host of a flag shows it: there are no endpoints, and no
// checks to pass.
func flagBench(t *testing.T, p rollout.Plan) *bench {
	t.Helper()
	b := &bench{t: t, now: start}
	b.obs = rollout.Observation{StableUsable: 1, CandidateUsable: 1}
	b.state, b.last = rollout.New("r", p, 0, start)
	b.wait(0)
	return b
}

// ask counts requests of those beside the ramp, in its share, and in its segments.
func (b *bench) ask(beside, besideFailed, share, shareFailed, chosen, chosenFailed uint64) {
	for _, c := range []struct {
		of               *rollout.Counts
		requests, failed uint64
	}{{&b.obs.Stable, beside, besideFailed}, {&b.obs.Candidate, share, shareFailed}, {&b.obs.CandidateWrites, chosen, chosenFailed}} {
		c.of.Requests += c.requests
		c.of.Failures += c.failed
		b.obs.Users += c.requests
		b.obs.UserErrors += c.failed
	}
}

// every100ms has the same asked ten times a second for that long, or until something moves.
func (b *bench) every100ms(d time.Duration, ask func()) {
	b.t.Helper()
	for end := b.now.Add(d); b.now.Before(end); {
		ask()
		b.now = b.now.Add(100 * time.Millisecond)
		if a := b.wait(0); a.Move != rollout.Stay {
			return
		}
	}
}

// TestFlagRampToTheEnd goes from the dark over segments and a share to everybody.
func TestFlagRampToTheEnd(t *testing.T) {
	b := flagBench(t, flagPlan())
	b.want(rollout.Progressing, 0, "step 1 of 4: on for segment internal")
	if got := b.state.Segments(); !slices.Equal(got, []string{"internal"}) {
		t.Errorf("segments %v", got)
	}
	b.ask(1000, 0, 0, 0, 19, 0)
	b.wait(time.Hour)
	b.want(rollout.Progressing, 0, "step 1 of 4")
	b.ask(0, 0, 0, 0, 1, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 0, "step 2 of 4: on for segment beta")
	if got := b.state.Segments(); !slices.Equal(got, []string{"internal", "beta"}) {
		t.Errorf("segments %v", got)
	}
	b.wait(time.Hour) // what was in the step before does not count
	b.want(rollout.Progressing, 0, "step 2 of 4")
	b.ask(1000, 0, 0, 0, 20, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 10, "step 3 of 4: on at 10%")
	b.ask(0, 0, 0, 0, 1000, 0)
	b.wait(time.Minute) // those of segments do not count in the step of a share
	b.want(rollout.Progressing, 10, "step 3 of 4")
	b.ask(180, 0, 20, 0, 0, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Progressing, 100, "step 4 of 4")
	if got := b.state.Segments(); len(got) != 2 {
		t.Errorf("segments %v: who is in stays in", got)
	}
	b.ask(0, 0, 100, 0, 10, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Baking, 100, "baking on")
	if a := b.wait(2 * time.Minute); a.Move != rollout.Finish {
		t.Errorf("after the bake: %+v", a)
	}
	b.want(rollout.Succeeded, 100, "succeeded: on is stable; on failed 0 of 120 requests")
	if r := b.state.Report; r.Requests == 0 || r.Availability != 100 {
		t.Errorf("report %+v", r)
	}
}

// TestFlagRampReverts: a variant that fails for a tenth of the users is out about a second
// after it began to.
func TestFlagRampReverts(t *testing.T) {
	p := flagPlan()
	p.Steps = []rollout.PlanStep{{Percent: 10, Pause: true}, {Percent: 100}}
	b := flagBench(t, p)
	b.every100ms(10*time.Second, func() { b.ask(9, 0, 1, 0, 0, 0) })
	b.want(rollout.Paused, 10, "")
	began := b.now
	b.every100ms(10*time.Second, func() { b.ask(9, 0, 1, 1, 0, 0) })
	b.want(rollout.Reverting, 0, "worse: on failed ")
	if took := b.now.Sub(began); took > 1500*time.Millisecond {
		t.Errorf("reverted after %s", took)
	}
	if got := b.state.Segments(); got != nil {
		t.Errorf("segments %v of a ramp that goes back", got)
	}
}

// TestFlagSegmentFails: those of a segment are compared with nobody; what fails above the
// limit for them alone is the variant's doing.
func TestFlagSegmentFails(t *testing.T) {
	for _, c := range []struct {
		name            string
		beside, failed  uint64 // in 100 ms
		chosen, failing uint64
		phase           rollout.Phase
		reason          string
	}{
		{"the variant", 9, 0, 2, 2, rollout.Reverting, "errors: in its segments on failed "},
		{"everything", 9, 9, 2, 2, rollout.Holding, "a shared outage"},
		{"nobody beside it", 0, 0, 2, 2, rollout.Holding, "not told from a shared outage yet"},
		{"as its users always do", 90, 0, 20, 0, rollout.Progressing, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := flagPlan()
			p.Steps[0].Hold = time.Hour
			b := flagBench(t, p)
			b.every100ms(10*time.Second, func() { b.ask(9, 0, 0, 0, 2, 0) })
			began := b.now
			b.every100ms(20*time.Second, func() { b.ask(c.beside, c.failed, 0, 0, c.chosen, c.failing) })
			b.want(c.phase, 0, c.reason)
			if took := b.now.Sub(began); c.phase == rollout.Reverting && took > 2*time.Second {
				t.Errorf("reverted after %s", took)
			}
			if e := &b.state.Evidence; e.Candidate.Requests != 0 {
				t.Errorf("those of a segment are among what is compared: %+v", e.Candidate)
			}
		})
	}
}

// TestFlagSegmentFailsLittle: a segment whose users fail more often than others, within
// the limit, is no reason for anything.
func TestFlagSegmentFailsLittle(t *testing.T) {
	p := flagPlan()
	p.Steps[0].Hold = time.Hour
	b := flagBench(t, p)
	for i := range 6000 { // 3 % against none, for ten minutes
		var failed uint64
		if i%33 == 0 {
			failed = 1
		}
		b.every100ms(100*time.Millisecond, func() { b.ask(20, 0, 0, 0, 1, failed) })
	}
	b.want(rollout.Progressing, 0, "")
}

// TestFlagHoldInASegment ends when what is asked goes well again.
func TestFlagHoldInASegment(t *testing.T) {
	p := flagPlan()
	p.Steps[0].Hold = time.Hour
	b := flagBench(t, p)
	b.every100ms(10*time.Second, func() { b.ask(9, 9, 0, 0, 2, 2) })
	b.want(rollout.Holding, 0, "")
	b.every100ms(time.Minute, func() { b.ask(9, 0, 0, 0, 2, 0) })
	b.want(rollout.Progressing, 0, "has been gone for")
}

// TestFlagForEverybodyFails: with nobody beside it nothing says whose fault it is.
func TestFlagForEverybodyFails(t *testing.T) {
	p := flagPlan()
	p.Steps = []rollout.PlanStep{{Percent: 100, Hold: time.Hour}}
	b := flagBench(t, p)
	b.every100ms(10*time.Second, func() { b.ask(0, 0, 10, 0, 0, 0) })
	b.every100ms(10*time.Second, func() { b.ask(0, 0, 10, 10, 0, 0) })
	b.want(rollout.Holding, 100, "too few are beside it to tell that from an outage")
	if a, err := b.command(rollout.Abort); err != nil || a.Move != rollout.Revert || b.state.Percent != 0 {
		t.Errorf("abort: %+v, %v", a, err)
	}
}

// TestFlagSharedOutage reverts nothing, whoever is looked at first.
func TestFlagSharedOutage(t *testing.T) {
	p := flagPlan()
	p.Steps = []rollout.PlanStep{{Segment: "internal"}, {Percent: 10, Pause: true}, {Percent: 100}}
	b := flagBench(t, p)
	b.every100ms(10*time.Second, func() { b.ask(90, 0, 0, 0, 5, 0) })
	b.want(rollout.Paused, 10, "")
	b.every100ms(10*time.Second, func() { b.ask(90, 0, 10, 0, 5, 0) })
	b.every100ms(30*time.Second, func() { b.ask(90, 90, 10, 10, 5, 5) })
	b.want(rollout.Holding, 10, "shared outage")
}

// TestFlagRampKept: what is kept of a ramp is read again and goes on, and nonsense is not.
func TestFlagRampKept(t *testing.T) {
	b := flagBench(t, flagPlan())
	b.ask(100, 0, 0, 0, 30, 0)
	b.wait(11 * time.Second)
	b.want(rollout.Progressing, 0, "step 2 of 4")
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var again rollout.State
	if err := json.Unmarshal(kept, &again); err != nil || again.Validate() != nil {
		t.Fatalf("%v, %v", err, again.Validate())
	}
	b.state = again
	b.wait(time.Second)
	b.ask(100, 0, 0, 0, 30, 0)
	b.wait(11 * time.Second)
	b.want(rollout.Progressing, 10, "step 3 of 4")

	for name, spoil := range map[string]func(*rollout.State){
		"a segment without a flag":  func(s *rollout.State) { s.Plan.Flag = "" },
		"a segment behind a share":  func(s *rollout.State) { s.Plan.Steps[3].Segment, s.Plan.Steps[3].Percent = "late", 0 },
		"a segment with a share":    func(s *rollout.State) { s.Plan.Steps[2].Segment = "both" },
		"neither segment nor share": func(s *rollout.State) { s.Plan.Steps[0].Segment = "" },
	} {
		spoilt := again
		spoilt.Plan.Steps = slices.Clone(again.Plan.Steps)
		spoil(&spoilt)
		if spoilt.Validate() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestFlagPromoteFull goes past segments and shares.
func TestFlagPromoteFull(t *testing.T) {
	b := flagBench(t, flagPlan())
	if a, err := b.command(rollout.PromoteFull); err != nil || a.Percent != 100 {
		t.Fatalf("%+v, %v", a, err)
	}
	b.want(rollout.Baking, 100, "")
}
