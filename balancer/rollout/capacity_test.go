package rollout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// A step that the candidate cannot take is not entered: neither by itself nor
// because somebody says so.
func TestStepWaitsForRoom(t *testing.T) {
	b := begin(t, defaultPlan(), 0)
	b.obs.Capacity.Candidate = 8
	b.serve(1000, 0, 100, 0)
	b.wait(15 * time.Second)
	b.want(rollout.Progressing, 1, "step 1 of 4: v2 at 1%")
	b.wait(time.Hour)
	b.want(rollout.Progressing, 1, "step 1 of 4: v2 at 1%: waits for capacity: v2 can take 8% now, and would get 10%")
	if got := b.state.WaitsFor(); got != "hold: 0s to go; 20 of 20 requests; capacity: v2 can take 8% now, and would get 10%" {
		t.Errorf("waits for %q", got)
	}
	for _, c := range []rollout.Command{rollout.Promote, rollout.PromoteFull} {
		if _, err := b.command(c); !errors.Is(err, rollout.ErrWrongPhase) || !strings.Contains(err.Error(), "can take 8% now") {
			t.Errorf("%s: %v, want refused", c, err)
		}
	}
	b.obs.Capacity.Candidate = 12
	b.wait(0)
	b.want(rollout.Progressing, 10, "step 2 of 4")
	if got := b.state.WaitsFor(); strings.Contains(got, "capacity") {
		t.Errorf("waits for %q", got)
	}
}

func TestSwitchWaitsForRoom(t *testing.T) {
	b := begin(t, green(rollout.BlueGreen{ProgressDeadline: time.Minute}), 0)
	b.obs.Preparation.Done, b.obs.Capacity.Candidate = true, 90
	b.wait(50 * time.Second)
	b.want(rollout.Progressing, 0, "preparing")
	b.wait(20 * time.Second)
	b.want(rollout.Reverting, 0, "deadline: v2 was not ready for the switch after 1m0s: capacity: v2 can take 90%")
}

// A candidate that shrinks below its share is held until it has room again.
func TestHoldsWhatHasShrunk(t *testing.T) {
	b := begin(t, at(50), 0)
	b.obs.Capacity.Candidate = 40
	b.wait(time.Minute)
	b.want(rollout.Holding, 50, "holding: capacity: v2 can take 40% and has 50%")
	if _, err := b.command(rollout.Resume); !errors.Is(err, rollout.ErrWrongPhase) {
		t.Errorf("resume: %v, want refused", err)
	}
	b.obs.Capacity.Candidate = 60
	b.wait(9 * time.Second)
	b.want(rollout.Holding, 50, "capacity")
	b.obs.Capacity.Candidate = 49
	b.wait(time.Second)
	b.obs.Capacity.Candidate = 60
	b.wait(9 * time.Second)
	b.want(rollout.Holding, 50, "capacity")
	b.wait(2 * time.Second)
	b.want(rollout.Paused, 50, `"capacity" has been gone for 10s`)
	b.obs.Capacity.Candidate = 40
	b.wait(time.Second)
	b.obs.CandidateUsable = 0 // graver
	b.wait(time.Second)
	b.want(rollout.Holding, 50, "no usable endpoint")
}

// The rules are armed whatever a rollout holds for.
func TestRevertsWhatHasShrunkToo(t *testing.T) {
	b := begin(t, at(50), 0)
	b.obs.Capacity.Candidate = 40
	b.wait(time.Minute)
	b.serve(60, 0, 40, 40)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse")
}
