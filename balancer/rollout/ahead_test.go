package rollout_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
)

// answers has the host say what f makes of the rollout's state at each look, as control
// does that follows what the engine announces.
func (h *fakeHost) answers(f func(s *rollout.State, o *rollout.Observation)) {
	h.mu.traffic = func(float64) rollout.Observation {
		if n := len(h.mu.told); n > 0 {
			f(&h.mu.told[n-1], &h.mu.obs)
		}
		return rollout.Observation{Stable: rollout.Counts{Requests: 20}}
	}
}

func holdWrites(s *rollout.State, o *rollout.Observation) {
	o.Preparation.Done = true
	o.Hold = rollout.WriteHeld{InForce: s.HoldsWrites(), Drained: s.HoldsWrites()}
}

// A move that cannot be kept is not made, and writes are not held for it for ever:
// when the data plane lets them go nothing is switched.
func TestASwitchThatCannotBeKept(t *testing.T) {
	h := newHost()
	var since time.Time
	h.answers(func(s *rollout.State, o *rollout.Observation) {
		holdWrites(s, o)
		o.Preparation.Done = h.mu.refuse != nil
		if since.IsZero() && s.HoldsWrites() {
			since = time.Now()
		}
		if !since.IsZero() && time.Since(since) >= s.Plan.WriteHold.Max {
			o.Hold = rollout.WriteHeld{Ended: "max 5s is over"}
		}
	})
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, held())
		h.with(func() { h.mu.refuse = errors.New("disk full") })
		time.Sleep(3 * time.Second)
		if s := rolloutOf(t, e); !s.HoldsWrites() || s.Percent != 0 {
			t.Errorf("%s at %v %%, to be held %v: %s", s.Phase, s.Percent, s.HoldsWrites(), s.Reason)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s := rolloutOf(t, e)
		if s.Phase != rollout.Aborted || !strings.Contains(s.Reason, "write_hold: max 5s is over") || s.HoldsWrites() {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
	})
}

// What waits for a slow disk does not keep a rejection from taking effect, nor writes
// from being let go.
func TestWhatIsAheadWaitsForNoDisk(t *testing.T) {
	for _, c := range []struct {
		name  string
		says  func(o *rollout.Observation, s *rollout.State)
		phase rollout.Phase
	}{
		{"a rejection", func(o *rollout.Observation, s *rollout.State) {
			o.Gates = rollout.GateReport{Of: s.Asked, Failed: "lag: 12s, want at most 1s"}
		}, rollout.Aborted},
		{"no endpoints", func(o *rollout.Observation, _ *rollout.State) { o.CandidateUsable = 0 }, rollout.Progressing},
	} {
		h := newHost()
		h.answers(holdWrites)
		engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
			mustStart(t, ctx, e, held(rollout.PlanGate{Name: "lag", At: rollout.BeforeSwitch, Held: true}))
			time.Sleep(time.Second)
			if s := rolloutOf(t, e); s.Phase != rollout.WaitingGate || !s.HoldsWrites() {
				t.Fatalf("%s: %s", s.Phase, s.Reason)
			}
			block := make(chan struct{})
			h.with(func() { h.mu.block = block })
			go func() { _, _ = e.Command(ctx, rollout.Promote, rollout.Meta{}) }()
			<-h.inCommit // the switch
			h.with(func() {
				c.says(&h.mu.obs, &h.mu.told[len(h.mu.told)-1])
				h.mu.block = nil
			})
			time.Sleep(200 * time.Millisecond)
			synctest.Wait()
			if s := rolloutOf(t, e); s.Phase != c.phase || s.HoldsWrites() || s.Percent != 0 {
				t.Errorf("%s: %s at %v %%, to be held %v: %s", c.name, s.Phase, s.Percent, s.HoldsWrites(), s.Reason)
			}
			close(block)
			time.Sleep(time.Second)
			if got := h.moves(); len(got) > 1 || len(got) == 1 && got[0] != rollout.Revert {
				t.Errorf("%s: made %v", c.name, got)
			}
		})
	}
}
