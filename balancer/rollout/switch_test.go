package rollout_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// green is a blue_green plan as the control plane makes it.
func green(bg rollout.BlueGreen) rollout.Plan {
	p := defaultPlan()
	p.Strategy, p.Steps, p.BlueGreen = "blue_green", nil, &bg
	return p
}

func TestBlueGreenSwitchesOnceItIsReady(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{}), 0)
	b.obs.Preparation.Doing = "1 of 3 endpoints healthy"
	b.serve(1000, 0, 0, 0)
	b.wait(time.Hour)
	b.want(rollout.Progressing, 0, "preparing v2")
	if got := b.state.WaitsFor(); got != "preparation; 1 of 3 endpoints healthy" {
		t.Errorf("waits for %q", got)
	}
	b.obs.Preparation = rollout.Preparation{Done: true}
	if a := b.wait(0); a.Move != rollout.SetPercent || a.Percent != 100 {
		t.Errorf("when it is ready: %+v", a)
	}
	b.want(rollout.Baking, 100, "baking v2")
	if a := b.wait(2 * time.Minute); a.Move != rollout.Finish {
		t.Errorf("after the bake: %+v", a)
	}
	b.want(rollout.Succeeded, 100, "v2 is stable")
}

// The endpoints of a candidate that has nothing yet may come and go: that is no
// reason to hold, and no reason to revert what has not moved.
func TestBlueGreenWaitsForEndpoints(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{ProgressDeadline: 10 * time.Minute}), 0)
	b.obs.CandidateUsable = 0
	b.wait(9 * time.Minute)
	b.want(rollout.Progressing, 0, "preparing v2")
	if got := b.state.WaitsFor(); got != "preparation; v2 has no usable endpoint; aborted in 1m0s" {
		t.Errorf("waits for %q", got)
	}
	b.wait(2 * time.Minute)
	b.want(rollout.Reverting, 0, "deadline: v2 was not ready for the switch after 10m0s: v2 has no usable endpoint")
	if s := b.state.Confirmed(); s.Phase != rollout.Aborted || s.Report.SecondsToZero != nil {
		t.Errorf("confirmed: %s, report %+v; want aborted", s.Phase, s.Report)
	}
}

func TestBlueGreenThatFailsItsPreparationIsAborted(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{Approval: true}), 0)
	b.obs.Preparation.Failed = "smoke GET /health on 10.0.0.1:80: 500, want 200-299"
	b.wait(0)
	b.want(rollout.Reverting, 0, "preparation: v2: smoke GET /health on 10.0.0.1:80: 500")
	if s := b.state.Confirmed(); s.Phase != rollout.Aborted {
		t.Errorf("confirmed: %s, want aborted", s.Phase)
	}
}

func TestBlueGreenWaitsForApproval(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{Approval: true, ProgressDeadline: 10 * time.Minute}), 0)
	if _, err := b.command(rollout.Promote); !errors.Is(err, rollout.ErrWrongPhase) {
		t.Errorf("promote while it is prepared: %v, want refused", err)
	}
	b.obs.Preparation.Done = true
	b.wait(15 * time.Minute) // the deadline is for the preparation, not for people
	b.want(rollout.WaitingGate, 0, "ready for the switch: waits for approval")
	if got := b.state.WaitsFor(); got != "promote: the switch waits for approval" {
		t.Errorf("waits for %q", got)
	}
	b.obs.CandidateUsable = 0
	b.wait(time.Second)
	b.want(rollout.Progressing, 0, "preparing v2 for the switch again: v2 has no usable endpoint")
	for _, c := range []rollout.Command{rollout.Promote, rollout.PromoteFull} {
		if _, err := b.command(c); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("%s without a usable endpoint: %v, want refused", c, err)
		}
	}
	b.obs.CandidateUsable = 1
	b.wait(time.Second)
	if a, err := b.command(rollout.Promote); err != nil || a.Move != rollout.SetPercent || a.Percent != 100 {
		t.Errorf("promote: %+v, %v", a, err)
	}
	b.want(rollout.Baking, 100, "baking")
}

// The timer is a wait of its own: without an approval as well nobody is switched at once.
func TestBlueGreenPromotesItself(t *testing.T) {
	for _, approval := range []bool{true, false} {
		b := begin(t, green(rollout.BlueGreen{Approval: approval, AutoPromote: 5 * time.Minute}), 0)
		b.obs.Preparation.Done = true
		b.wait(4 * time.Minute)
		b.want(rollout.WaitingGate, 0, "waits for approval")
		if got := b.state.WaitsFor(); got != "promote: the switch waits for approval, or for 1m0s to go" {
			t.Errorf("waits for %q", got)
		}
		b.wait(2 * time.Minute)
		b.want(rollout.Baking, 100, "baking")
	}
}

// A pause stops the switch, and neither the preparation nor its deadline.
func TestBlueGreenPaused(t *testing.T) {
	for _, ready := range []bool{true, false} {
		b := begin(t, green(rollout.BlueGreen{ProgressDeadline: 10 * time.Minute}), 0)
		b.command(rollout.Pause)
		b.obs.Preparation.Done = ready
		b.wait(time.Hour)
		if !ready {
			b.want(rollout.Reverting, 0, "deadline: ")
			continue
		}
		b.want(rollout.Paused, 0, "paused by operator")
		b.command(rollout.Resume)
		b.wait(0)
		b.want(rollout.Baking, 100, "baking")
	}
}

// A process that comes back prepares again: connections and warm caches went with it.
func TestBlueGreenAfterARestart(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{Approval: true}), 0)
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil || back.Validate() != nil {
		t.Fatal(err, back.Validate())
	}
	b.state, b.obs.Preparation = back, rollout.Preparation{}
	b.wait(time.Second)
	b.want(rollout.Progressing, 0, "again")
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	b.want(rollout.WaitingGate, 0, "waits for approval")
}

// A candidate that has a share already keeps it until the switch.
func TestBlueGreenFromAShare(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{}), 10)
	b.want(rollout.Progressing, 10, "preparing")
	b.serve(90, 0, 10, 10)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse")
	b = begin(t, green(rollout.BlueGreen{}), 100)
	b.want(rollout.Baking, 100, "baking")
}

// Dead after the switch: back, by the rules of alone.
func TestBlueGreenSwitchesBack(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{}), 0)
	b.obs.Preparation.Done = true
	b.wait(time.Second)
	b.want(rollout.Baking, 100, "baking")
	b.serve(0, 0, 100, 100)
	b.obs.Retries, b.obs.RetriesOK = 100, 100
	b.wait(time.Second)
	b.want(rollout.Reverting, 0, "errors: ")
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted {
		t.Errorf("confirmed: %s, want reverted", s.Phase)
	}
}
