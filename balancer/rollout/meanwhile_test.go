package rollout_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
)

// A hold that ends while a pause is being kept leaves a paused rollout, not one
// that says it holds because of nothing.
func TestHoldEndsWhileAPauseIsKept(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		p := defaultPlan()
		p.Rules.UnusableFor = time.Hour
		mustStart(t, ctx, e, p)
		usable := func(n int) { h.with(func() { h.mu.obs.CandidateUsable = n }) }
		usable(0)
		time.Sleep(2 * time.Second)
		usable(1)
		time.Sleep(9 * time.Second) // a second before the hold is over
		block := make(chan struct{})
		h.with(func() { h.mu.block = block })
		paused := make(chan error, 1)
		go func() {
			_, err := e.Command(ctx, rollout.Pause, rollout.Meta{})
			paused <- err
		}()
		<-h.inCommit
		time.Sleep(3 * time.Second)
		h.with(func() { h.mu.block = nil })
		close(block)
		if err := <-paused; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := rolloutOf(t, e); s.Phase != rollout.Paused || s.Validate() != nil {
			t.Errorf("%s because of %q, paused by %q: %v", s.Phase, s.Hold.Cause, s.Pause, s.Validate())
		}
	})
}

// What an operator has forgiven is no part of the time that a revert took.
func TestSecondsToZeroAfterAResume(t *testing.T) {
	b := begin(t, at(50), 0)
	for range 5 {
		b.serve(100, 0, 100, 0)
		b.wait(time.Second)
	}
	for range 30 {
		b.serve(100, 50, 100, 50)
		b.wait(time.Second)
	}
	b.want(rollout.Holding, 50, "")
	if _, err := b.command(rollout.Resume); err != nil {
		t.Fatal(err)
	}
	resumed := b.now
	for b.state.Phase != rollout.Reverting && b.now.Sub(resumed) < time.Minute {
		b.serve(100, 0, 100, 60)
		b.wait(time.Second)
	}
	took := b.now.Sub(resumed).Seconds()
	if r := b.state.Report; r == nil || r.SecondsToZero == nil || *r.SecondsToZero > took {
		t.Errorf("report %+v, want at most the %v s since the resume: %s", r, took, b.state.Reason)
	}
}

// A candidate whose checks have not spoken yet is not unusable: it is held, for
// as long as they need.
func TestPendingChecksAreWaitedFor(t *testing.T) {
	b := begin(t, at(10), 0)
	b.obs.CandidateUsable, b.obs.CandidatePending = 0, 2
	for range 60 {
		b.serve(100, 0, 0, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Holding, 10, "no usable endpoint yet: the checks of 2 have not passed")
	b.obs.CandidatePending = 0 // now they have failed
	for range 8 {
		b.serve(100, 0, 0, 0)
		b.wait(time.Second)
	}
	b.want(rollout.Reverting, 0, "unusable")
}

func TestPercentNeverExceedsAll(t *testing.T) {
	for i := 1; i < 10_000; i++ {
		x := float64(i) / 100
		if p := rollout.Percent(0, x); p != 100 {
			t.Errorf("%v of %v is %v %%", x, x, p)
		}
		if p := rollout.Percent(1e-9, x); p > 100 {
			t.Errorf("%v of nearly %v is %v %%", x, x, p)
		}
	}
	if p := rollout.Percent(0, 0); p != 0 {
		t.Errorf("nothing of nothing is %v %%", p)
	}
}
