package control

import (
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// TestContractOfAGroup: while its leader's gates of after_finish are asked, no member
// goes back to what they may be taking away, nor begins anything.
func TestContractOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := groupFile(2)
		for i := range cfg.Upstreams {
			r := &cfg.Upstreams[i].Rollout
			r.Steps, r.MinRequests, r.Bake, r.KeepWarm = []config.Step{{Percent: 100}}, 0, 0, 10*time.Second
		}
		cfg.Upstreams[0].Rollout.Gates = gated(people("drop", rollout.AfterFinish)).Upstreams[0].Rollout.Gates
		c := &contract{}
		b := newGroupBench(t, Options{Config: cfg})
		b.askAfter = c.ask
		defer b.runs(t)()
		b.startGroup(t, StartOptions{ID: "r1"})
		time.Sleep(30 * time.Second)
		if c.times() != 1 {
			t.Fatalf("%d questions after all have retired, want 1", c.times())
		}
		for _, name := range groupNames[:2] {
			_, err := b.Undo(t.Context(), name, 0, Meta{})
			wantKind(t, err, Conflict)
			wantText(t, err, "the gates of after_finish are being asked")
			_, err = b.StartRollout(t.Context(), name, StartOptions{To: "v1"}, Meta{})
			wantKind(t, err, Conflict)
			wantText(t, err, "the gates of after_finish of rollout r1 are being asked")
		}
		c.done(rollout.GateReport{Failed: "drop: exit status 1"})
		time.Sleep(time.Second)
		if _, err := b.UndoGroup(t.Context(), "shop", Meta{}); err != nil {
			t.Errorf("after the contract has failed: %v", err)
		}
	})
}
