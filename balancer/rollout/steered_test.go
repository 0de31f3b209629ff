package rollout_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
)

func TestEngineSwitchesOnce(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, green(rollout.BlueGreen{Approval: true, ProgressDeadline: 10 * time.Minute}))
		time.Sleep(5 * time.Minute)
		if s := rolloutOf(t, e); s.Phase != rollout.Progressing || s.Percent != 0 || len(h.moves()) != 0 {
			t.Errorf("while it is prepared: %s at %v %%, moves %v", s.Phase, s.Percent, h.moves())
		}
		if _, err := e.Command(ctx, rollout.Promote, rollout.Meta{}); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("promote while it is prepared: %v", err)
		}
		h.with(func() { h.mu.obs.Preparation.Done = true })
		time.Sleep(time.Hour)
		if s := rolloutOf(t, e); s.Phase != rollout.WaitingGate {
			t.Errorf("when it is ready: %s", s.Phase)
		}
		if s, err := e.Command(ctx, rollout.Promote, rollout.Meta{}); err != nil || s.Phase != rollout.Baking || s.Percent != 100 {
			t.Errorf("promote: %v, %s at %v %%", err, s.Phase, s.Percent)
		}
		time.Sleep(2 * time.Minute)
		if s := rolloutOf(t, e); s.Phase != rollout.Succeeded {
			t.Errorf("after the bake: %s: %s", s.Phase, s.Reason)
		}
	})
	if got := h.moves(); !slices.Equal(got, []rollout.Move{rollout.SetPercent, rollout.Finish}) {
		t.Errorf("moves %v, want one switch and the finish", got)
	}
}

// The switch waits for the disk when the candidate loses its last endpoint: it is
// taken back.
func TestEngineTakesASwitchBack(t *testing.T) {
	h := newHost()
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, green(rollout.BlueGreen{Approval: true}))
		h.with(func() { h.mu.obs.Preparation.Done = true })
		time.Sleep(time.Second)
		synctest.Wait()
		h.with(func() { h.mu.block = make(chan struct{}) })
		promoted := make(chan error, 1)
		go func() {
			_, err := e.Command(ctx, rollout.Promote, rollout.Meta{})
			promoted <- err
		}()
		<-h.inCommit
		h.with(func() { h.mu.obs.CandidateUsable = 0 })
		if err := <-promoted; !errors.Is(err, rollout.ErrWrongPhase) { // decided anew, and refused
			t.Errorf("promote: %v, want refused", err)
		}
		if s := rolloutOf(t, e); s.Ahead != "preparation" || s.Percent != 0 || len(h.moves()) != 0 {
			t.Errorf("%s at %v %%, ahead %q, moves %v", s.Phase, s.Percent, s.Ahead, h.moves())
		}
	})
}

func TestEngineRefusesAStartWithoutRoom(t *testing.T) {
	h := newHost()
	h.mu.obs.Capacity.Candidate = 5
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		if _, err := e.Start(ctx, "r", at(10), rollout.Meta{}); !errors.Is(err, rollout.ErrWrongPhase) || len(h.moves()) != 0 {
			t.Errorf("start at 10 %% with room for 5 %%: %v, moves %v", err, h.moves())
		}
		mustStart(t, ctx, e, green(rollout.BlueGreen{})) // has time to find room
	})
}

// steps is an engine with a candidate at 60 % that is found worse, beside a stable
// version with room for 70 %. before is called ahead of that.
func steps(t *testing.T, h *fakeHost, before func(), test func(ctx context.Context, e *rollout.Engine)) {
	p := at(60)
	p.Stepped = true
	h.mu.obs.Capacity.Stable = 70
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		mustStart(t, ctx, e, p)
		time.Sleep(time.Second)
		before()
		h.with(func() {
			h.mu.obs.Stable.Requests += 4000
			h.mu.obs.Candidate.Requests += 6000
			h.mu.obs.Candidate.Failures += 1000
		})
		wake <- struct{}{}
		synctest.Wait()
		test(ctx, e)
	})
}

func room(h *fakeHost, percent float64) { h.with(func() { h.mu.obs.Capacity.Stable = percent }) }

func TestEngineRevertsInSteps(t *testing.T) {
	h := newHost()
	steps(t, h, func() {}, func(ctx context.Context, e *rollout.Engine) {
		trip := h.trip()
		if s := rolloutOf(t, e); s.Phase != rollout.Reverting || s.Percent != 30 || trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v; want reverting at 30 %%", s.Phase, s.Percent, trip.IsSet())
		}
		time.Sleep(time.Minute) // once is enough
		room(h, 80)
		time.Sleep(time.Second)
		room(h, 120)
		time.Sleep(time.Second)
		if s := rolloutOf(t, e); s.Phase != rollout.Reverted || !trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v; want reverted", s.Phase, s.Percent, trip.IsSet())
		}
	})
	var shares []float64
	for _, c := range h.mu.changes[1:] {
		if shares = append(shares, c.Percent); c.Move != rollout.Revert || !c.Safety {
			t.Errorf("%s, safety %v", c.Move, c.Safety)
		}
	}
	if !slices.Equal(shares, []float64{30, 20, 0}) {
		t.Errorf("shares %v, want 30, 20 and 0", shares)
	}
}

// The writer is slow: what is decided meanwhile is not undone by its answer.
func TestEngineRevertsInStepsBesideASlowWriter(t *testing.T) {
	h := newHost()
	var slow chan struct{}
	hang := func() {
		slow = make(chan struct{})
		h.with(func() { h.mu.slow = slow })
	}
	steps(t, h, hang, func(ctx context.Context, e *rollout.Engine) {
		<-h.inCommit
		room(h, 100)
		time.Sleep(time.Second)
		trip := h.trip()
		if s := rolloutOf(t, e); s.Percent != 0 || !trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v; want out", s.Phase, s.Percent, trip.IsSet())
		}
		h.with(func() { h.mu.slow = nil })
		close(slow)
		time.Sleep(time.Second)
		if s := rolloutOf(t, e); s.Phase != rollout.Reverted {
			t.Errorf("%s at %v %%, want reverted", s.Phase, s.Percent)
		}
	})
	if w := h.mu.brief.Weights["v2"]; w != 0 {
		t.Errorf("the candidate has %v %%", w)
	}
}

func TestEngineAbortEndsARevertInSteps(t *testing.T) {
	h := newHost()
	steps(t, h, func() {}, func(ctx context.Context, e *rollout.Engine) {
		trip := h.trip()
		if _, err := e.Command(ctx, rollout.Pause, rollout.Meta{}); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("pause: %v", err)
		}
		if s, err := e.Command(ctx, rollout.Abort, rollout.Meta{Author: "bob"}); err != nil || s.Phase != rollout.Reverted || !trip.IsSet() {
			t.Errorf("abort: %v, %s, tripped %v", err, s.Phase, trip.IsSet())
		}
	})
}

// A process that finds a revert in steps goes on with it.
func TestEngineContinuesARevertInSteps(t *testing.T) {
	h := newHost()
	steps(t, h, func() {}, func(context.Context, *rollout.Engine) {})
	if p := h.mu.brief.Rollout.State.Phase; p != rollout.Reverting {
		t.Fatalf("kept: %s", p)
	}
	engine(t, h, func(_ context.Context, e *rollout.Engine, _ chan struct{}) {
		trip := h.trip()
		time.Sleep(time.Minute)
		if s := rolloutOf(t, e); s.Percent != 30 || trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v", s.Phase, s.Percent, trip.IsSet())
		}
		room(h, 100)
		time.Sleep(time.Second)
		if s := rolloutOf(t, e); s.Phase != rollout.Reverted || !trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v", s.Phase, s.Percent, trip.IsSet())
		}
	})
}

// A guard that finds a split bad goes down in steps too.
func TestEngineGuardRevertsInSteps(t *testing.T) {
	h := newHost()
	p := rollout.Plan{Strategy: "manual", From: "v1", To: "v2", Rules: defaults, Stepped: true, Guard: true}
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		s, _ := rollout.New("g", p, 60, time.Now())
		trip := new(balancer.Trip)
		h.with(func() {
			h.mu.obs.Capacity.Stable = 70
			h.mu.brief.Weights = map[string]float64{"v1": 40, "v2": 60}
			h.mu.brief.Guards = []rollout.Subject{{State: s, Trip: trip}}
		})
		e.Notify()
		time.Sleep(time.Second)
		h.with(func() {
			h.mu.obs.Stable.Requests += 4000
			h.mu.obs.Candidate.Requests += 6000
			h.mu.obs.Candidate.Failures += 1000
		})
		wake <- struct{}{}
		time.Sleep(time.Minute)
		if s := rolloutOf(t, e); s.Phase != rollout.Reverting || s.Percent != 30 || trip.IsSet() {
			t.Errorf("%s at %v %%, tripped %v; want reverting at 30 %%", s.Phase, s.Percent, trip.IsSet())
		}
		room(h, 100)
		time.Sleep(time.Second)
		if !trip.IsSet() || len(h.moves()) != 2 {
			t.Errorf("tripped %v, moves %v", trip.IsSet(), h.moves())
		}
	})
	if w := h.mu.brief.Weights["v2"]; w != 0 {
		t.Errorf("the version has %v %%", w)
	}
}
