package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// answers lets a fleet's rollout go on, and answers its gates with yes until it is
// asked for the one named.
func (f *fleet) answers(t *testing.T, no string) (asked []string) {
	t.Helper()
	var last rollout.Asked
	for range 2000 {
		if q := f.state.Asked; q != last && q != (rollout.Asked{}) {
			for _, g := range f.state.AskedGates() {
				asked = append(asked, fmt.Sprintf("%s %d at %v", g.Name, q.Step, f.state.Percent))
			}
		}
		last = f.state.Asked
		f.gates = rollout.GateReport{Of: last, Done: true}
		if slices.ContainsFunc(f.state.AskedGates(), func(g rollout.PlanGate) bool { return g.Name == no }) {
			f.gates = rollout.GateReport{Of: last, Failed: no + ": said no"}
		}
		if _, _, err := f.look(rollout.None); err != nil {
			t.Fatal(err)
		}
		if f.state.Phase.Ended() {
			return asked
		}
	}
	t.Fatalf("%s: %s", f.state.Phase, f.state.WaitsFor())
	return nil
}

func gatedRolling() *fleet {
	p := rollingPlan(addresses("a", 3), addresses("b", 3), 1, 0)
	p.Bake = time.Second
	p.Gates = []rollout.PlanGate{
		{Name: "begin", At: rollout.BeforeStart},
		{Name: "each", At: rollout.BeforeStep},
		{Name: "third", At: rollout.BeforeStep, Steps: []int{3}},
		{Name: "last", At: rollout.BeforeSwitch},
		{Name: "baking", At: rollout.AfterSwitch},
		{Name: "end", At: rollout.BeforeFinish},
	}
	return newFleet(p)
}

// TestRollingAsks: batches are what steps are to gates.
func TestRollingAsks(t *testing.T) {
	want := []string{
		"begin 0 at 0", "each 2 at 33.33", "each 3 at 66.67", "third 3 at 66.67", "last 0 at 66.67", "baking 0 at 100", "end 0 at 100",
	}
	f := gatedRolling()
	if got := f.answers(t, ""); !slices.Equal(got, want) || f.state.Phase != rollout.Succeeded {
		t.Errorf("asked %q, want %q; %s: %s", got, want, f.state.Phase, f.state.Reason)
	}
	for i, no := range []string{"begin", "each", "third", "last", "baking", "end"} {
		f := gatedRolling()
		f.answers(t, no)
		if f.state.Phase != rollout.Aborted || f.state.Percent != 0 || !strings.Contains(f.state.Reason, no) {
			t.Errorf("%d: %s at %v %%: %s", i, f.state.Phase, f.state.Percent, f.state.Reason)
		}
		for _, m := range f.state.Roll.From {
			if m.Stage != rollout.StageUp {
				t.Errorf("%s rejected: %s is %s", no, m.Address, m.Stage)
			}
		}
	}
}

// TestRollingVerbs: a pause begins nothing more, promote ends min_ready and nothing
// else, and everything at once is refused.
func TestRollingVerbs(t *testing.T) {
	p := rollingPlan(addresses("a", 2), addresses("b", 2), 1, 0)
	p.Rolling.MinReady = time.Hour
	f := newFleet(p)
	p.Rolling.ProgressDeadline = 0
	for range 10 {
		f.look(rollout.None)
	}
	if f.state.Percent != 33.33 || !strings.Contains(f.state.WaitsFor(), "min_ready") {
		t.Fatalf("at %v %%, waits for %s", f.state.Percent, f.state.WaitsFor())
	}
	if _, _, err := f.look(rollout.PromoteFull); err == nil {
		t.Error("promote --full: done")
	}
	if _, _, err := f.look(rollout.Promote); err != nil || f.state.Roll.From[0].Stage != rollout.StageDraining {
		t.Errorf("promote: %v, %s", err, f.state.Roll.From[0].Stage)
	}
	f.look(rollout.Pause)
	for range 50 {
		f.look(rollout.None)
	}
	if f.state.Roll.From[0].Stage != rollout.StageDraining || f.state.Phase != rollout.Paused {
		t.Errorf("paused: %s, %s", f.state.Phase, f.state.Roll.From[0].Stage)
	}
	f.look(rollout.Resume)
	for range 20 {
		f.look(rollout.None)
	}
	if f.state.Roll.Batch != 2 || f.state.StepNumber() != 2 || f.state.StepCount() != 2 {
		t.Errorf("resumed: %s", f.state.Reason)
	}
	f.sick["to/b2"] = true
	f.look(rollout.None)
	if _, _, err := f.look(rollout.Promote); err == nil || !strings.Contains(err.Error(), "b2") {
		t.Errorf("promote without a usable endpoint: %v", err)
	}
}
