package rollout_test

import (
	"testing"
	"time"

	"weir/balancer/rollout"
)

func mirrored(p rollout.Plan) rollout.Plan {
	p.Steps = append([]rollout.PlanStep{{Mirror: 20, Hold: time.Minute}}, p.Steps...)
	return p
}

// A step that mirrors gives the candidate nothing, and is left as others are; what it
// counts are pairs.
func TestAStepThatMirrors(t *testing.T) {
	p := mirrored(gated(gate("expand", rollout.BeforeStart), gate("smoke", rollout.BeforeStep)))
	p.MinRequests = 100
	b := begin(t, p, 0)
	if b.want(rollout.WaitingGate, 0, "asks before_start"); b.state.Mirrors() != 0 {
		t.Error("mirrored before anything was asked")
	}
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	if b.want(rollout.Progressing, 0, "step 1 of 4: 20% of reads mirrored to v2"); b.state.Mirrors() != 20 {
		t.Errorf("mirrors %v", b.state.Mirrors())
	}
	b.obs.Mirror.Pairs = 60
	b.serve(1000, 0, 0, 0)
	b.wait(2 * time.Minute)
	b.want(rollout.Progressing, 0, "mirrored")
	if got := b.state.WaitsFor(); got != "hold: 0s to go; 60 of 100 pairs of answers" {
		t.Errorf("waits for %q", got)
	}
	b.restart()
	b.obs.Mirror.Pairs = 100 // 40 more than this process has seen
	b.wait(time.Second)
	b.asks(rollout.Asked{Point: rollout.BeforeStep, Step: 2, Round: 2})
	if b.state.Mirrors() != 20 {
		t.Error("not mirrored while a gate is asked")
	}
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	if b.want(rollout.Progressing, 10, "step 2 of 4"); b.state.Mirrors() != 0 {
		t.Error("mirrored beside a share")
	}
}

// A candidate that has a share is past that.
func TestAShareLeavesMirroringOut(t *testing.T) {
	b := begin(t, mirrored(gated()), 10)
	b.want(rollout.Progressing, 50, "step 3 of 4")
}

// The candidate of a switch is mirrored to when it is ready, and asked about before
// the switch.
func TestBlueGreenThatMirrors(t *testing.T) {
	p := mirrored(held(gate("expand", rollout.BeforeStart), gate("data", rollout.BeforeSwitch)))
	p.MinRequests = 0
	p.BlueGreen.Approval = true
	b := begin(t, p, 0)
	b.says(rollout.GateReport{Done: true})
	b.wait(time.Second)
	b.want(rollout.Progressing, 0, "preparing v2")
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	b.want(rollout.Progressing, 0, "step 1 of 2: 20% of reads mirrored")
	b.restart()
	b.obs.Preparation.Done = true
	b.obs.CandidateUsable = 0 // nothing has moved yet
	b.wait(2 * time.Minute)
	b.want(rollout.Progressing, 0, "preparing v2")
	b.obs.CandidateUsable = 1
	b.wait(time.Second)
	b.want(rollout.WaitingGate, 0, "asks before_switch: data")
	if b.state.Mirrors() != 20 {
		t.Error("not mirrored while a gate is asked")
	}
	b.says(rollout.GateReport{Done: true})
	b.wait(0)
	b.want(rollout.WaitingGate, 0, "waits for approval")
	b.command(rollout.Promote)
	b.want(rollout.Progressing, 0, "holds writes")
	b.obs.Hold = rollout.WriteHeld{InForce: true, Drained: true}
	b.wait(0)
	b.want(rollout.Baking, 100, "baking")
}

// Dead while it is mirrored to, it goes as from any step.
func TestAMirroredCandidateThatIsUnusable(t *testing.T) {
	b := begin(t, mirrored(gated()), 0)
	b.obs.CandidateUsable = 0
	b.serve(1000, 0, 0, 0)
	b.wait(time.Minute)
	b.want(rollout.Reverting, 0, "unusable")
}
