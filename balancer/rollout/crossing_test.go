package rollout_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
)

// gated is a plan of two shares with gates, named as what they are for.
func gated(gates ...rollout.PlanGate) rollout.Plan {
	p := defaultPlan()
	p.MinRequests, p.Gates = 0, gates
	p.Steps = []rollout.PlanStep{{Percent: 10, Hold: 20 * time.Second}, {Percent: 50, Hold: 20 * time.Second}, {Percent: 100, Hold: 20 * time.Second}}
	return p
}

func gate(name, at string) rollout.PlanGate { return rollout.PlanGate{Name: name, At: at} }

// says is what the gate runner says of what is asked now.
func (b *bench) says(r rollout.GateReport) {
	r.Of = b.state.Asked
	b.obs.Gates = r
}

func (b *bench) asks(want rollout.Asked) {
	b.t.Helper()
	if b.state.Asked != want {
		b.t.Fatalf("asked %+v, want %+v; %s: %s", b.state.Asked, want, b.state.Phase, b.state.Reason)
	}
}

func (b *bench) restart() {
	b.t.Helper()
	if err := restart(b); err != nil {
		b.t.Fatal(err)
	}
}

// Every point is asked once, in the order of the plan, and a restart in each of them
// asks the same again.
func TestEveryPointIsAsked(t *testing.T) {
	b := begin(t, gated(
		gate("expand", rollout.BeforeStart), gate("smoke", rollout.BeforeStep), rollout.PlanGate{Name: "half", At: rollout.BeforeStep, Steps: []int{2}},
		gate("data", rollout.BeforeSwitch), gate("after", rollout.AfterSwitch), gate("end", rollout.BeforeFinish),
		gate("contract", rollout.AfterFinish), gate("page", rollout.OnRevert),
	), 0)
	for _, want := range []struct {
		asked   rollout.Asked
		percent float64
		names   []string
		phase   rollout.Phase
	}{
		{rollout.Asked{Point: rollout.BeforeStart, Round: 1}, 0, []string{"expand"}, rollout.WaitingGate},
		{rollout.Asked{Point: rollout.BeforeStep, Step: 2, Round: 2}, 10, []string{"smoke", "half"}, rollout.WaitingGate},
		{rollout.Asked{Point: rollout.BeforeStep, Step: 3, Round: 3}, 50, []string{"smoke"}, rollout.WaitingGate},
		{rollout.Asked{Point: rollout.BeforeSwitch, Round: 4}, 50, []string{"data"}, rollout.WaitingGate},
		{rollout.Asked{Point: rollout.AfterSwitch, Round: 5}, 100, []string{"after"}, rollout.Baking},
		{rollout.Asked{Point: rollout.BeforeFinish, Round: 6}, 100, []string{"end"}, rollout.WaitingGate},
	} {
		for range 4 { // a wait ends at each move
			if b.state.Asked != want.asked {
				b.wait(time.Minute)
			}
		}
		b.asks(want.asked)
		b.want(want.phase, want.percent, "asks "+want.asked.Point)
		var names []string
		for _, g := range b.state.AskedGates() {
			names = append(names, g.Name)
		}
		if !slices.Equal(names, want.names) {
			t.Errorf("asked at %s: %q, want %q", want.asked.Point, names, want.names)
		}
		b.restart()
		b.says(rollout.GateReport{Doing: "smoke: 3 of 5"})
		b.wait(10 * time.Minute)
		b.asks(want.asked)
		if got := b.state.WaitsFor(); !strings.Contains(got, want.asked.Point) || !strings.Contains(got, "smoke: 3 of 5") {
			t.Errorf("at %s: waits for %q", want.asked.Point, got)
		}
		if want.phase == rollout.Baking { // its time does not end a bake that has not been answered for
			b.want(rollout.WaitingGate, 100, "asks after_switch")
		}
		b.says(rollout.GateReport{Done: true})
	}
	if a := b.wait(time.Minute); a.Move != rollout.Finish {
		t.Errorf("after all answers: %+v in %s", a, b.state.Reason)
	}
}

// An answer to what was asked before is none.
func TestAnOldAnswerDoesNotCount(t *testing.T) {
	b := begin(t, gated(gate("smoke", rollout.BeforeStart)), 0)
	b.obs.Gates = rollout.GateReport{Of: rollout.Asked{Point: rollout.BeforeStart, Round: 7}, Done: true, Failed: "smoke: 500", Unclear: "smoke: timeout"}
	b.wait(time.Minute)
	b.want(rollout.WaitingGate, 0, "asks before_start")
}

// A gate that is rejected aborts, wherever it is asked and whatever else is waited for.
func TestARejectionAborts(t *testing.T) {
	for _, at := range []string{rollout.BeforeStart, rollout.BeforeStep, rollout.BeforeSwitch, rollout.AfterSwitch, rollout.BeforeFinish} {
		for _, paused := range []bool{false, true} {
			b := begin(t, gated(gate("smoke", at)), 0)
			for range 4 {
				b.wait(2 * time.Minute)
			}
			b.asks(rollout.Asked{Point: at, Step: b.state.Asked.Step, Round: 1})
			if paused {
				b.command(rollout.Pause)
			}
			b.says(rollout.GateReport{Failed: "smoke: 500, want 200"})
			b.wait(0)
			b.want(rollout.Reverting, 0, "gate smoke: 500, want 200")
			if s := b.state.Confirmed(); s.Phase != rollout.Aborted || s.Asked != (rollout.Asked{}) {
				t.Errorf("%s: %s, asked %+v; want aborted", at, s.Phase, s.Asked)
			}
		}
	}
}

// What a candidate does while a gate is asked is judged as ever.
func TestAGateDelaysNoRevert(t *testing.T) {
	b := begin(t, gated(gate("smoke", rollout.BeforeStep)), 0)
	b.wait(time.Minute)
	b.want(rollout.WaitingGate, 10, "asks before_step 2")
	b.serve(900, 0, 100, 40)
	b.wait(time.Second)
	b.want(rollout.Reverting, 0, "worse")
	b = begin(t, gated(gate("smoke", rollout.BeforeStep)), 0)
	b.wait(time.Minute)
	b.obs.CandidateUsable = 0
	b.serve(900, 0, 0, 0)
	b.wait(time.Second)
	b.want(rollout.Holding, 10, "unusable")
	b.says(rollout.GateReport{Done: true})
	b.wait(6 * time.Second)
	b.want(rollout.Reverting, 0, "unusable")
}

// Without an answer the rollout holds until somebody says how to go on.
func TestAnUnclearGate(t *testing.T) {
	for _, at := range []string{rollout.BeforeStart, rollout.BeforeStep, rollout.AfterSwitch, rollout.BeforeFinish} {
		b := begin(t, gated(gate("smoke", at)), 0)
		for range 4 {
			b.wait(2 * time.Minute)
		}
		asked := b.state.Asked
		b.says(rollout.GateReport{Unclear: "smoke: no answer in 30s"})
		b.wait(10 * time.Minute)
		b.want(rollout.Holding, b.state.Percent, "gate: smoke: no answer in 30s")
		b.restart()
		b.wait(10 * time.Minute)
		b.want(rollout.Holding, b.state.Percent, "gate: smoke: no answer in 30s")
		if _, err := b.command(rollout.PromoteFull); at != rollout.AfterSwitch && !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("%s: promote --full: %v, want refused", at, err)
		}
		again := *b
		if _, err := again.command(rollout.Resume); err != nil {
			t.Fatal(err)
		}
		again.wait(time.Minute)
		asked.Round++
		again.asks(asked)
		if _, err := b.command(rollout.Promote); err != nil {
			t.Fatal(err)
		}
		b.wait(0)
		if b.state.Asked.Point == at || b.state.Hold.Cause != "" || !strings.Contains(b.state.Reason, "without an answer of "+at) {
			t.Errorf("%s, promoted: %s, asked %+v: %s", at, b.state.Phase, b.state.Asked, b.state.Reason)
		}
	}
}

// promote ends one wait: the step's, then each question's.
func TestPromoteEndsOneWait(t *testing.T) {
	b := begin(t, gated(gate("smoke", rollout.BeforeStep), gate("data", rollout.BeforeSwitch), gate("after", rollout.AfterSwitch), gate("end", rollout.BeforeFinish)), 0)
	b.want(rollout.Progressing, 10, "step 1")
	for _, want := range []struct {
		phase   rollout.Phase
		percent float64
		reason  string
	}{
		{rollout.WaitingGate, 10, "asks before_step 2"}, {rollout.Progressing, 50, "step 2 of 3: v2 at 50%; without an answer of before_step 2: smoke"},
		{rollout.WaitingGate, 50, "asks before_step 3"}, {rollout.WaitingGate, 50, "asks before_switch"}, {rollout.Progressing, 100, "step 3"},
		{rollout.Baking, 100, "asks after_switch"}, {rollout.WaitingGate, 100, "asks after_switch"}, {rollout.WaitingGate, 100, "asks before_finish"},
		{rollout.Succeeded, 100, "without an answer of before_finish: end"},
	} {
		b.command(rollout.Promote)
		b.want(want.phase, want.percent, want.reason)
	}
}

// promote --full leaves out steps with their gates, and not what is asked before
// everything is given.
func TestPromoteFullAsksBeforeTheSwitch(t *testing.T) {
	b := begin(t, gated(rollout.PlanGate{Name: "half", At: rollout.BeforeStep, Steps: []int{2}}, gate("data", rollout.BeforeSwitch)), 0)
	b.wait(time.Minute)
	b.want(rollout.WaitingGate, 10, "asks before_step 2: half")
	b.command(rollout.PromoteFull)
	b.want(rollout.WaitingGate, 10, "asks before_switch: data")
	b.restart()
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.want(rollout.Baking, 100, "baking")
	b = begin(t, gated(gate("data", rollout.BeforeSwitch)), 0)
	b.command(rollout.PromoteFull)
	b.want(rollout.WaitingGate, 10, "asks before_switch: data")
	b.command(rollout.PromoteFull)
	b.want(rollout.Baking, 100, "without an answer of before_switch: data")
}

// Room is looked for when all was answered, and what was answered stays so.
func TestRoomComesAfterTheGates(t *testing.T) {
	b := begin(t, gated(gate("smoke", rollout.BeforeStep)), 0)
	b.wait(time.Minute)
	b.obs.Capacity.Candidate = 20
	b.says(rollout.GateReport{Done: true})
	b.wait(time.Minute)
	b.want(rollout.Progressing, 10, "waits for capacity")
	b.obs.Gates = rollout.GateReport{}
	b.obs.Capacity.Candidate = 60
	b.wait(0)
	b.want(rollout.Progressing, 50, "step 2")
}

// A pause does not end a question, and keeps its answer from moving anything.
func TestAPauseWhileGatesAreAsked(t *testing.T) {
	b := begin(t, gated(gate("smoke", rollout.BeforeStep)), 0)
	b.wait(time.Minute)
	b.command(rollout.Pause)
	b.says(rollout.GateReport{Done: true})
	b.wait(10 * time.Minute)
	b.want(rollout.Paused, 10, "")
	b.restart()
	b.command(rollout.Resume)
	b.wait(0)
	b.want(rollout.Progressing, 50, "step 2")
}

// What the candidate runs on may have to be there before it can be prepared.
func TestBlueGreenAsksBeforeStartFirst(t *testing.T) {
	p := green(rollout.BlueGreen{Approval: true, ProgressDeadline: 10 * time.Minute})
	p.Gates = []rollout.PlanGate{gate("data", rollout.BeforeSwitch), gate("expand", rollout.BeforeStart)}
	b := begin(t, p, 0)
	b.obs.CandidateUsable, b.obs.Preparation = 0, rollout.Preparation{Failed: "smoke: no such table"}
	b.wait(20 * time.Minute)
	b.want(rollout.WaitingGate, 0, "asks before_start: expand")
	b.obs.CandidateUsable, b.obs.Preparation = 1, rollout.Preparation{}
	b.says(rollout.GateReport{Done: true})
	b.wait(5 * time.Minute)
	b.want(rollout.Progressing, 0, "preparing v2")
	b.obs.Preparation.Done = true
	b.wait(10 * time.Minute)
	b.want(rollout.WaitingGate, 0, "asks before_switch: data")
	b.says(rollout.GateReport{Done: true})
	b.wait(10 * time.Minute)
	b.want(rollout.WaitingGate, 0, "waits for approval")
	asked := b.state.Round
	b.obs.CandidateUsable = 0 // what is prepared again is asked again
	b.wait(time.Minute)
	b.want(rollout.Progressing, 0, "again: v2 has no usable endpoint")
	b.obs.CandidateUsable = 1
	b.wait(time.Minute)
	b.asks(rollout.Asked{Point: rollout.BeforeSwitch, Round: asked + 1})
	b.command(rollout.Promote)
	b.want(rollout.WaitingGate, 0, "waits for approval; without an answer of before_switch")
	b.command(rollout.Promote)
	b.want(rollout.Baking, 100, "baking")
}

// A plan without a bake has one for what is asked in it.
func TestGatesOfABakeWithoutTime(t *testing.T) {
	p := gated(gate("after", rollout.AfterSwitch))
	p.Bake, p.Steps = 0, []rollout.PlanStep{{Percent: 100}}
	b := begin(t, p, 0)
	b.wait(time.Minute)
	b.want(rollout.WaitingGate, 100, "asks after_switch: after")
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.want(rollout.Succeeded, 100, "")
}

// The batches of a rolling rollout are its steps: nothing of one begins before it has
// been asked about.
func TestGatesOfBatches(t *testing.T) {
	p := rollingPlan(addresses("a", 3), addresses("b", 3), 1, 0)
	p.Gates = []rollout.PlanGate{
		gate("expand", rollout.BeforeStart), gate("smoke", rollout.BeforeStep), gate("data", rollout.BeforeSwitch), gate("after", rollout.AfterSwitch),
	}
	f := newFleet(p)
	up := func() (n int) {
		for _, m := range f.state.Roll.To {
			if m.Stage != rollout.StageOut {
				n++
			}
		}
		return n
	}
	for i, want := range []rollout.Asked{
		{Point: rollout.BeforeStart, Round: 1}, {Point: rollout.BeforeStep, Step: 2, Round: 2}, {Point: rollout.BeforeStep, Step: 3, Round: 3},
		{Point: rollout.BeforeSwitch, Round: 4}, {Point: rollout.AfterSwitch, Round: 5},
	} {
		for range 600 {
			if _, _, err := f.look(rollout.None); err != nil {
				t.Fatal(err)
			}
		}
		if f.state.Asked != want || up() != min(i, 3) && want.Point == rollout.BeforeStep {
			t.Fatalf("asked %+v with %d endpoints in, want %+v: %s", f.state.Asked, up(), want, f.state.Reason)
		}
		if err := f.state.Validate(); err != nil {
			t.Fatal(err)
		}
		f.gates = rollout.GateReport{Of: f.state.Asked, Done: true}
		if want.Point == rollout.BeforeSwitch { // promoted, it goes on as well
			f.gates.Done = false
			if _, _, err := f.look(rollout.Promote); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 1200 {
		_, _, _ = f.look(rollout.None)
	}
	if f.state.Phase != rollout.Succeeded {
		t.Errorf("%s: %s", f.state.Phase, f.state.Reason)
	}
}

// A first step above the share that the candidate has begins nothing at once when a
// gate is ahead of it; the steps that are left out are not asked about.
func TestAGatedStartFromAShare(t *testing.T) {
	b := begin(t, gated(gate("expand", rollout.BeforeStart), gate("smoke", rollout.BeforeStep)), 10)
	b.want(rollout.WaitingGate, 10, "before step 2 of 3: asks before_start")
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.asks(rollout.Asked{Point: rollout.BeforeStep, Step: 2, Round: 2})
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.want(rollout.Progressing, 50, "step 2")
}

// A state with everything in it that a crossing has is read back as it was.
func TestCrossingSurvivesARestart(t *testing.T) {
	p := defaultPlan()
	p.Steps = append([]rollout.PlanStep{{Mirror: 20, Hold: time.Minute}}, p.Steps...)
	p.Gates = []rollout.PlanGate{{Name: "smoke", At: rollout.BeforeStep, Held: true, Steps: []int{2}}, {Name: "people", At: rollout.BeforeStart, Approval: true}}
	p.WriteHold = &rollout.WriteHold{Max: 5 * time.Second}
	p.PinWrites, p.Group = true, []string{"api", "web"}
	s, _ := rollout.New("r", p, 0, start)
	s.Asked = rollout.Asked{Point: rollout.BeforeStep, Step: 2, Held: true, Round: 3}
	s.Writes = rollout.WritesSwitched
	if err := s.Validate(); err != nil {
		t.Errorf("Validate: %v", err)
	}
	kept, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Plan, back.Plan); diff != "" || back.Asked != s.Asked || back.Writes != s.Writes {
		t.Errorf("read back: %+v %q\n%s", back.Asked, back.Writes, diff)
	}
	s.Writes = "elsewhere"
	if s.Validate() == nil {
		t.Error("writes elsewhere: accepted")
	}
}

// restart reads back what was kept, under counters that begin anew.
func restart(b *bench) error {
	kept, err := json.Marshal(b.state)
	if err != nil {
		return err
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		return err
	}
	if err := back.Validate(); err != nil {
		return err
	}
	b.state = back
	b.obs.Preparation = rollout.Preparation{}
	b.wait(0)
	return nil
}
