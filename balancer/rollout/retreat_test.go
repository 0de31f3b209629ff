package rollout_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// stepped is a candidate at 60 % that is worse, but not dead, beside a stable
// version that can take 70 % of the traffic.
func stepped(t *testing.T) *bench {
	p := at(60)
	p.Stepped = true
	b := begin(t, p, 0)
	b.obs.Capacity = rollout.Capacity{Candidate: 100, Stable: 70}
	b.serve(400, 0, 600, 100)
	b.wait(2 * time.Second)
	return b
}

func TestSteppedRevertFollowsStable(t *testing.T) {
	b := stepped(t)
	b.want(rollout.Reverting, 30, "worse: ")
	if got := b.state.WaitsFor(); got != "room on v1: v2 keeps 30% until that can be taken, or abort" {
		t.Errorf("waits for %q", got)
	}
	if s := b.state.Confirmed(); s.Phase != rollout.Reverting || s.Report != nil || s.Validate() != nil {
		t.Errorf("with a share left: %s, report %v, %v", s.Phase, s.Report, s.Validate())
	}
	b.obs.Capacity.Stable = 74 // not worth a revision
	b.wait(time.Second)
	b.want(rollout.Reverting, 30, "worse: ")
	b.obs.Capacity.Stable = 85
	b.wait(time.Second)
	b.want(rollout.Reverting, 15, "worse: ")
	b.obs.Capacity.Stable = 50 // never up again
	b.wait(time.Second)
	b.want(rollout.Reverting, 15, "worse: ")
	began := b.now
	b.now = b.now.Add(time.Minute)
	b.obs.Capacity.Stable = 100
	b.wait(0)
	b.want(rollout.Reverting, 0, "worse: ")
	if s := b.state.Confirmed(); s.Phase != rollout.Reverted || *s.Report.SecondsToZero < b.now.Sub(began).Seconds() {
		t.Errorf("confirmed: %s, report %+v", s.Phase, s.Report)
	}
}

func TestSteppedRevertIsAtOnce(t *testing.T) {
	for name, then := range map[string]func(*bench){
		"without an endpoint": func(b *bench) { b.obs.CandidateUsable = 0 },
		"dead by now":         func(b *bench) { b.serve(100, 0, 600, 600) },
		"stable takes all":    func(b *bench) { b.obs.Capacity.Stable = 130 },
		"nothing is known":    func(b *bench) { b.obs.Capacity.Stable = 0 },
		"abort":               func(b *bench) { b.command(rollout.Abort) },
	} {
		b := stepped(t)
		then(b)
		b.wait(2 * time.Second)
		if b.state.Percent != 0 || b.state.Confirmed().Phase != rollout.Reverted || !strings.Contains(b.state.Reason, "worse") {
			t.Errorf("%s: %s at %v %%: %s", name, b.state.Phase, b.state.Percent, b.state.Reason)
		}
	}
	p := at(60)
	p.Stepped = true
	b := begin(t, p, 0)
	b.obs.Capacity.Stable = 70
	b.serve(400, 0, 600, 500)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse: ") // dead from the start
}

// An operator's abort is a revert like any other: in steps, where the plan says so.
func TestSteppedAbort(t *testing.T) {
	p := at(60)
	p.Stepped = true
	b := begin(t, p, 0)
	b.obs.Capacity.Stable = 70
	b.command(rollout.Abort)
	b.want(rollout.Reverting, 30, "operator: aborted")
	b.obs.StableUsable = 0 // gives back nothing, whatever was said of it
	b.obs.Capacity.Stable = 100
	b.wait(time.Second)
	b.want(rollout.Reverting, 30, "operator: aborted")
	b.obs.StableUsable = 1
	b.wait(time.Second)
	if s := b.state.Confirmed(); s.Phase != rollout.Aborted {
		t.Errorf("confirmed: %s", s.Phase)
	}
}

// A revert in steps goes on after a restart.
func TestSteppedRevertAfterARestart(t *testing.T) {
	b := stepped(t)
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil || back.Validate() != nil {
		t.Fatal(err, back.Validate())
	}
	b.state = back
	b.wait(time.Second)
	b.want(rollout.Reverting, 30, "worse: ")
	b.obs.Capacity.Stable = 100
	b.wait(time.Second)
	b.want(rollout.Reverting, 0, "worse: ")
}
