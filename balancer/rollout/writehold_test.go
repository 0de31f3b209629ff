package rollout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// held is a blue_green plan that holds writes over its switch.
func held(gates ...rollout.PlanGate) rollout.Plan {
	p := green(rollout.BlueGreen{})
	p.WriteHold, p.Gates = &rollout.WriteHold{Max: 5 * time.Second}, gates
	return p
}

// heldAt is a rollout of such a plan whose writes are to be held now.
func heldAt(t *testing.T, p rollout.Plan) *bench {
	t.Helper()
	b := begin(t, p, 0)
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	if !b.state.HoldsWrites() || b.state.Holds != 1 {
		t.Fatalf("writes are not to be held: %s: %s", b.state.Phase, b.state.Reason)
	}
	return b
}

func TestTheSwitchWaitsForWritesUnderWay(t *testing.T) {
	b := heldAt(t, held())
	b.want(rollout.Progressing, 0, "holds writes until those under way have ended")
	for _, hold := range []rollout.WriteHeld{{}, {InForce: true, Queued: 7}, {Drained: true}} {
		b.obs.Hold = hold
		b.wait(time.Second)
		b.want(rollout.Progressing, 0, "holds writes")
		if _, err := b.command(rollout.Promote); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("promote with %+v: %v, want refused", hold, err)
		}
	}
	b.obs.Hold = rollout.WriteHeld{InForce: true, Queued: 7}
	b.wait(0)
	if got := b.state.WaitsFor(); got != "writes under way to end, all others being held for at most 5s; 7 are queued" {
		t.Errorf("waits for %q", got)
	}
	b.obs.Hold.Drained = true
	if a := b.wait(0); a.Move != rollout.SetPercent || a.Percent != 100 || b.state.HoldsWrites() {
		t.Errorf("drained: %+v, still to be held %v", a, b.state.HoldsWrites())
	}
	b.want(rollout.Baking, 100, "baking")
}

// Held gates are asked when nothing writes any more, and the others before that.
func TestHeldGates(t *testing.T) {
	p := held(rollout.PlanGate{Name: "lag", At: rollout.BeforeSwitch, Held: true}, gate("smoke", rollout.BeforeSwitch))
	b := begin(t, p, 0)
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	b.want(rollout.WaitingGate, 0, "asks before_switch: smoke")
	if b.state.HoldsWrites() {
		t.Error("writes are held while a gate is asked that does not need that")
	}
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.obs.Hold = rollout.WriteHeld{InForce: true}
	b.wait(time.Second)
	b.asks(rollout.Asked{})
	b.obs.Hold.Drained = true
	b.wait(0)
	b.want(rollout.WaitingGate, 0, "asks before_switch: lag")
	b.asks(rollout.Asked{Point: rollout.BeforeSwitch, Held: true, Round: 2})
	if !b.state.HoldsWrites() || b.state.Holds != 1 {
		t.Errorf("to be held %v, %d times; want the one hold to go on", b.state.HoldsWrites(), b.state.Holds)
	}
	promoted := *b
	if a, err := promoted.command(rollout.Promote); err != nil || a.Percent != 100 || !strings.Contains(a.Reason, "without an answer of before_switch: lag") {
		t.Errorf("promote: %+v, %v", a, err)
	}
	b.says(rollout.GateReport{Done: true})
	if a := b.wait(0); a.Percent != 100 {
		t.Errorf("answered: %+v", a)
	}
}

// The data plane ends a hold by itself, and then nothing is switched.
func TestAHoldThatEndsEarlyAborts(t *testing.T) {
	for _, gates := range [][]rollout.PlanGate{nil, {{Name: "lag", At: rollout.BeforeSwitch, Held: true}}} {
		b := heldAt(t, held(gates...))
		b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: gates != nil}
		b.wait(0)
		b.obs.Hold = rollout.WriteHeld{Ended: "max 5s is over"}
		b.wait(0)
		b.want(rollout.Reverting, 0, "write_hold: max 5s is over before the switch")
		if s := b.state.Confirmed(); s.Phase != rollout.Aborted || s.HoldsWrites() {
			t.Errorf("%s, to be held %v; want aborted", s.Phase, s.HoldsWrites())
		}
	}
}

// No write waits for what a pause or a hold of the rollout waits for, and after that
// the writes are held and the gates asked anew.
func TestWritesAreLetGo(t *testing.T) {
	for _, c := range []struct {
		name     string
		do, undo func(b *bench)
		phase    rollout.Phase
	}{
		{"pause", func(b *bench) { b.command(rollout.Pause) }, func(b *bench) { b.command(rollout.Resume) }, rollout.Paused},
		{"no room", func(b *bench) { b.obs.Capacity.Candidate = 50 }, func(b *bench) { b.obs.Capacity.Candidate = 0 }, rollout.Progressing},
		{"not ready", func(b *bench) { b.obs.CandidateUsable = 0 }, func(b *bench) { b.obs.CandidateUsable = 1 }, rollout.Progressing},
		{"no answer", func(b *bench) { b.says(rollout.GateReport{Unclear: "lag: no answer in 1s"}) }, func(b *bench) { b.command(rollout.Resume) }, rollout.Holding},
	} {
		b := heldAt(t, held(rollout.PlanGate{Name: "lag", At: rollout.BeforeSwitch, Held: true}))
		b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
		b.wait(0)
		b.want(rollout.WaitingGate, 0, "asks before_switch: lag")
		c.do(b)
		b.wait(0)
		if b.state.HoldsWrites() {
			t.Errorf("%s: writes are still to be held: %s", c.name, b.state.Reason)
		}
		b.restart()
		b.obs.Preparation.Done = b.obs.CandidateUsable > 0
		b.obs.Hold = rollout.WriteHeld{}
		b.wait(time.Second)
		b.want(c.phase, 0, "")
		c.undo(b)
		b.obs.Preparation.Done = true
		b.wait(time.Second)
		if !b.state.HoldsWrites() || b.state.Holds != 2 {
			t.Errorf("%s, and no longer: to be held %v, %d times; want the second hold: %s", c.name, b.state.HoldsWrites(), b.state.Holds, b.state.Reason)
		}
		b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
		b.wait(time.Second)
		b.asks(rollout.Asked{Point: rollout.BeforeSwitch, Held: true, Round: 2})
	}
}

// Who goes on without a Held gate's answer does not go on without the hold.
func TestPromoteWithoutAHeldGate(t *testing.T) {
	b := heldAt(t, held(rollout.PlanGate{Name: "lag", At: rollout.BeforeSwitch, Held: true}))
	b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
	b.wait(0)
	b.says(rollout.GateReport{Unclear: "lag: no answer in 1s"})
	b.wait(0)
	b.obs.Hold = rollout.WriteHeld{}
	b.wait(time.Second)
	b.want(rollout.Holding, 0, "lag: no answer in 1s")
	if _, err := b.command(rollout.Promote); err != nil {
		t.Fatal(err)
	}
	b.want(rollout.Progressing, 0, "holds writes")
	b.wait(time.Second)
	b.want(rollout.Progressing, 0, "without an answer of the gates that are asked while writes are held")
	b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
	b.wait(0)
	b.want(rollout.Baking, 100, "baking")
}

// A Held gate before a move that switches no writes is asked all the same.
func TestAHeldGateWithoutAHold(t *testing.T) {
	p := gated(rollout.PlanGate{Name: "lag", At: rollout.BeforeStep, Held: true})
	p.PinWrites, p.WriteHold = true, &rollout.WriteHold{Max: time.Second}
	b := begin(t, p, 0)
	b.wait(time.Minute)
	b.asks(rollout.Asked{Point: rollout.BeforeStep, Step: 2, Round: 1})
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.wait(time.Minute)
	if !b.state.HoldsWrites() {
		t.Fatalf("before 100 %%: writes are not to be held: %s", b.state.Reason)
	}
}

// A Held gate of a step that is left out is asked at the move that switches the writes
// instead: it is about them.
func TestAHeldGateOfAStepThatIsLeftOut(t *testing.T) {
	for name, tt := range map[string]struct {
		percent float64
		full    bool
		step    int
	}{
		"with a share beyond it": {60, false, 3},
		"by promote --full":      {0, true, 3},
		"not left out":           {0, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := pinned(1)
			p.WriteHold = &rollout.WriteHold{Max: time.Second}
			p.Gates = []rollout.PlanGate{{Name: "copied", At: rollout.BeforeStep, Held: true, Steps: []int{2}}}
			b := begin(t, p, tt.percent)
			if tt.full {
				b.command(rollout.PromoteFull)
			}
			b.wait(time.Minute)
			b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
			b.wait(0)
			b.asks(rollout.Asked{Point: rollout.BeforeStep, Step: tt.step, Held: true, Round: 1})
			if got := b.state.AskedGates(); len(got) != 1 {
				t.Errorf("asks %v", got)
			}
			b.restart()
			b.says(rollout.GateReport{Done: true})
			if a := b.wait(0); a.Move != rollout.SetPercent || b.state.Writes != rollout.WritesSwitched {
				t.Errorf("answered: %+v, writes %q", a, b.state.Writes)
			}
		})
	}
}

// pinned is a plan that switches writes at its second step, or with the last.
func pinned(at int) rollout.Plan {
	p := gated()
	p.PinWrites = true
	if at >= 0 {
		p.Steps[at].SwitchWrites = true
	}
	return p
}

func TestWritesAreSwitchedOnce(t *testing.T) {
	for at, want := range map[int][]string{
		-1: {"", "", rollout.WritesSwitched}, 0: {rollout.WritesSwitched, rollout.WritesSwitched, rollout.WritesSwitched},
		1: {"", rollout.WritesSwitched, rollout.WritesSwitched},
	} {
		b := begin(t, pinned(at), 0)
		for i, writes := range want {
			if b.state.Writes != writes {
				t.Errorf("switched at %d, in step %d: writes %q, want %q", at, i, b.state.Writes, writes)
			}
			b.wait(time.Minute)
		}
		b.command(rollout.Abort)
		if b.state.Writes != "" {
			t.Errorf("switched at %d, aborted: writes %q, want them back", at, b.state.Writes)
		}
	}
	b := begin(t, pinned(1), 10) // which has been there already
	b.command(rollout.PromoteFull)
	if b.state.Writes != rollout.WritesSwitched {
		t.Error("at 100 % writes are not switched")
	}
	if s, _ := rollout.New("r", pinned(-1), 100, start); s.Writes != rollout.WritesSwitched {
		t.Error("a version without a share has the writes")
	}
	if b = begin(t, pinned(0), 20); b.state.Writes != rollout.WritesSwitched { // its step is left out
		t.Error("writes are not switched past the step that switches them")
	}
}

// A revert in steps gives stable the writes with the first of them.
func TestWritesInARevertInSteps(t *testing.T) {
	p := pinned(0)
	p.Stepped = true
	b := begin(t, p, 0)
	b.wait(time.Minute)
	b.obs.Capacity.Stable = 70
	b.command(rollout.Abort)
	b.want(rollout.Reverting, 30, "operator")
	if b.state.Writes != "" {
		t.Error("writes stay on a version that is reverted")
	}
	b = begin(t, p, 0)
	b.obs.StableUsable = 0 // and nobody else could take them
	b.command(rollout.Abort)
	if b.want(rollout.Reverting, 10, "operator"); b.state.Writes != rollout.WritesSwitched {
		t.Error("writes go to a version without a usable endpoint")
	}
}

func TestOnlyTheStepThatSwitchesWritesHoldsThem(t *testing.T) {
	p := pinned(1)
	p.WriteHold = &rollout.WriteHold{Max: time.Second}
	b := begin(t, p, 0)
	b.wait(time.Minute)
	if !b.state.HoldsWrites() {
		t.Fatalf("before step 2: not to be held: %s", b.state.Reason)
	}
	b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
	b.wait(0)
	b.want(rollout.Progressing, 50, "step 2")
	if b.wait(time.Minute); b.state.Holds != 1 {
		t.Errorf("held %d times, want once", b.state.Holds)
	}
	b.want(rollout.Progressing, 100, "step 3")
}
