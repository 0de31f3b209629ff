package rollout_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
)

// lateHost is a writer that makes what it has begun, whoever takes it back.
type lateHost struct{ *fakeHost }

func (h lateHost) Commit(ctx context.Context, c rollout.Change) (uint64, error) {
	return h.fakeHost.Commit(context.WithoutCancel(ctx), c)
}

// TestRollingMeanwhile: a stop hook that the writer has begun when the rollout is
// aborted is seen to its end, and the endpoint does not serve before.
func TestRollingMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := lateHost{newHost()}
		h.inCommit = make(chan struct{}, 10)
		usable := func(address string) rollout.RollingEndpoint {
			return rollout.RollingEndpoint{Address: address, Weight: 1, Usable: true}
		}
		h.mu.obs.Rolling = rollout.RollingView{
			From: []rollout.RollingEndpoint{usable("a1"), usable("a2")}, To: []rollout.RollingEndpoint{usable("b1"), usable("b2")},
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		e := rollout.NewEngine(h, nil)
		go e.Run(ctx)
		p := rollingPlan(addresses("a", 2), addresses("b", 2), 1, 0)
		p.Rolling.MinReady, p.Rolling.Stops = 0, true
		if _, err := e.Start(ctx, "r", p, rollout.Meta{}); err != nil {
			t.Fatal(err)
		}
		last := func() (c rollout.Change) {
			h.with(func() { c = h.mu.changes[len(h.mu.changes)-1] })
			return c
		}
		for last().State.Roll.From[0].Stage != rollout.StageDraining {
			time.Sleep(time.Millisecond)
		}
		block := make(chan struct{})
		h.with(func() { h.mu.block = block })
		<-h.inCommit // of the stop
		aborted := make(chan error, 1)
		go func() {
			_, err := e.Command(ctx, rollout.Abort, rollout.Meta{})
			aborted <- err
		}()
		synctest.Wait()
		h.with(func() { h.mu.block = nil })
		close(block)
		if err := <-aborted; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if s := last().State; s.Phase != rollout.Reverting || s.Percent != 0 && s.Roll.Hard || s.Roll.From[0].Stage != rollout.StageStopping {
			t.Errorf("%s at %v %%, a1 is %s", s.Phase, s.Percent, s.Roll.From[0].Stage)
		}
		done := rollout.HookReport{Of: rollout.StageStopping, Done: true}
		h.with(func() { // what the engine has is not written any more
			v := &h.mu.obs.Rolling
			v.From, v.To = slices.Clone(v.From), slices.Clone(v.To)
			v.From[0].Hook, v.To[0].Hook = done, done
		})
		time.Sleep(5 * time.Second)
		if s := last().State; s.Phase != rollout.Aborted || s.Roll.From[0].Stage != rollout.StageUp || s.Percent != 0 {
			t.Errorf("%s at %v %%, a1 is %s: %s", s.Phase, s.Percent, s.Roll.From[0].Stage, s.Reason)
		}
		cancel()
		synctest.Wait()
	})
}
