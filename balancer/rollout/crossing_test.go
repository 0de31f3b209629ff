package rollout_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
)

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
