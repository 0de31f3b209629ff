package rollout_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"weir/balancer"
	"weir/balancer/rollout"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHost is a writer and its traffic. Its rules are those of the real one:
// a change on an older revision is stale, a safety move is made at once, a
// rollout's own steps keep its trip.
type fakeHost struct {
	mu struct {
		sync.Mutex
		obs     rollout.Observation
		brief   rollout.Brief
		changes []rollout.Change
		told    []rollout.State
		refuse  error                                     // of changes that are not safety moves
		block   chan struct{}                             // holds up such changes until closed
		slow    chan struct{}                             // holds up safety moves until closed
		late    chan struct{}                             // holds up the answer to a finish until closed
		traffic func(percent float64) rollout.Observation // added at each look
	}
	inCommit chan struct{} // gets a value when a change blocks
}

func newHost() *fakeHost {
	h := &fakeHost{}
	h.mu.obs = rollout.Observation{StableUsable: 2, CandidateUsable: 1, StableHealthy: true}
	h.mu.brief = rollout.Brief{Revision: 1, Stable: "v1", Weights: map[string]float64{"v1": 100, "v2": 0}}
	return h
}

func (h *fakeHost) with(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *fakeHost) Observe(candidate string, o *rollout.Observation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mu.traffic != nil {
		d := h.mu.traffic(h.mu.brief.Weights[candidate])
		h.mu.obs.Stable.Requests += d.Stable.Requests
		h.mu.obs.Candidate.Requests += d.Candidate.Requests
		h.mu.obs.Candidate.Failures += d.Candidate.Failures
	}
	endpoints := o.Endpoints
	*o = h.mu.obs
	if o.Adopted = candidate == h.mu.brief.Stable; o.Adopted {
		o.CandidateUsable = 0
	}
	o.Endpoints = append(endpoints, rollout.EndpointCount{Address: "a", Counts: h.mu.obs.Candidate})
}

func (h *fakeHost) Announce(s rollout.State) { h.with(func() { h.mu.told = append(h.mu.told, s) }) }

func (h *fakeHost) Brief() rollout.Brief {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mu.brief
}

func (h *fakeHost) Commit(ctx context.Context, c rollout.Change) (uint64, error) {
	var block chan struct{}
	h.with(func() {
		if block = h.mu.block; c.Safety {
			block = h.mu.slow
		}
	})
	if block != nil {
		h.inCommit <- struct{}{}
		select {
		case <-block:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	h.mu.Lock()
	late := h.mu.late
	defer func() {
		h.mu.Unlock()
		if c.Move == rollout.Finish && late != nil {
			<-late
		}
	}()
	b := &h.mu.brief
	switch {
	case c.Safety:
	case c.Base != b.Revision, b.Rollout == nil && !c.Start:
		return 0, rollout.ErrStale
	case h.mu.refuse != nil:
		return 0, h.mu.refuse
	case c.Move == rollout.Finish && c.Trip != nil && !c.Trip.Retire():
		return 0, rollout.ErrStale
	}
	h.mu.changes = append(h.mu.changes, c)
	trip := c.Trip
	if c.Start {
		trip = new(balancer.Trip)
	}
	if !c.State.Plan.Guard {
		b.Rollout = &rollout.Subject{State: c.State, Trip: trip}
		if c.State.Phase.Ended() {
			b.Rollout = nil
		}
	}
	if c.Move == rollout.Finish {
		b.Stable = c.State.Plan.To
	}
	if c.Move == rollout.SetPercent || c.Move == rollout.Revert {
		b.Revision++
		b.Weights = map[string]float64{"v1": 100 - c.Percent, "v2": c.Percent}
		if c.Move == rollout.Revert {
			b.Guards = nil
		}
	}
	return b.Revision, nil
}

func (h *fakeHost) moves() (out []rollout.Move) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.mu.changes {
		if c.Move != rollout.Stay {
			out = append(out, c.Move)
		}
	}
	return out
}

func (h *fakeHost) trip() *balancer.Trip {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mu.brief.Rollout.Trip
}

// healthy is 20 requests a look, in proportion.
func healthy(percent float64) rollout.Observation {
	c := uint64(20 * percent / 100)
	return rollout.Observation{Stable: rollout.Counts{Requests: 20 - c}, Candidate: rollout.Counts{Requests: c + 1}}
}

// engine runs an engine in a bubble until the test function returns.
func engine(t *testing.T, h *fakeHost, test func(ctx context.Context, e *rollout.Engine, wake chan struct{})) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h.inCommit = make(chan struct{}, 10) // made in the bubble, or waiting for it stops its clock
		ctx, cancel := context.WithCancel(t.Context())
		wake := make(chan struct{}, 1)
		e := rollout.NewEngine(h, wake)
		done := make(chan error)
		go func() { done <- e.Run(ctx) }()
		test(ctx, e, wake)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if _, err := e.Command(context.Background(), rollout.Abort, rollout.Meta{}); !errors.Is(err, rollout.ErrStopped) {
			t.Errorf("a command after the end: %v, want ErrStopped", err)
		}
	})
}

func rolloutOf(t *testing.T, e *rollout.Engine) rollout.State {
	t.Helper()
	states := e.States()
	if len(states) == 0 {
		t.Fatal("no states")
	}
	return states[0]
}

func mustStart(t *testing.T, ctx context.Context, e *rollout.Engine, p rollout.Plan) {
	t.Helper()
	s, err := e.Start(ctx, "r1", p, rollout.Meta{Author: "alice", Reason: "release 2"})
	if err != nil || s.Phase.Ended() {
		t.Fatalf("Start: %v, %s", err, s.Phase)
	}
}

func TestEngineRampsForADay(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	p := defaultPlan()
	p.Steps[1].Hold, p.Steps[2].Pause, p.Bake = time.Hour, true, 30*time.Minute
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, p)
		if _, err := e.Start(ctx, "r2", p, rollout.Meta{}); !errors.Is(err, rollout.ErrActive) {
			t.Errorf("a second start: %v, want ErrActive", err)
		}
		time.Sleep(50 * time.Minute)
		if s := rolloutOf(t, e); s.Phase != rollout.Progressing || s.Percent != 10 {
			t.Errorf("after 50 minutes: %s at %v %%", s.Phase, s.Percent)
		}
		time.Sleep(40 * time.Minute)
		if s, err := e.Command(ctx, rollout.PromoteFull, rollout.Meta{}); err != nil || s.Phase != rollout.Baking {
			t.Errorf("promote --full: %v, %s", err, s.Phase)
		}
		time.Sleep(22 * time.Hour) // half an hour is the bake; then nothing is judged and nothing ticks
		synctest.Wait()
		if s := rolloutOf(t, e); s.Phase != rollout.Succeeded || s.Report == nil {
			t.Errorf("after a day: %s: %s", s.Phase, s.Reason)
		}
		kept := 0
		h.with(func() { kept = len(h.mu.changes) })
		if kept < 700 || kept > 740 {
			t.Errorf("%d changes in two hours, want evidence kept every 10 s", kept)
		}
	})
	want := []rollout.Move{rollout.SetPercent, rollout.SetPercent, rollout.SetPercent, rollout.SetPercent, rollout.Finish}
	if got := h.moves(); len(got) != len(want) || got[4] != rollout.Finish {
		t.Errorf("moves %v, want %v", got, want)
	}
	if c := h.mu.changes[0]; !c.Start || c.Author != "alice" || c.Source != "rollout" || c.Base != 1 || c.Percent != 1 {
		t.Errorf("first change %+v", c)
	}
}

func TestEngineRevertsInTheWakeOfAFailure(t *testing.T) {
	h := newHost()
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		mustStart(t, ctx, e, at(10))
		trip := h.trip()
		h.with(func() {
			h.mu.obs.Stable.Requests += 72
			h.mu.obs.Candidate.Requests += 8
			h.mu.obs.Candidate.Failures += 8
		})
		began := time.Now()
		wake <- struct{}{}
		synctest.Wait()
		if !trip.IsSet() || time.Since(began) != 0 {
			t.Error("not tripped in the wake of the failures")
		}
		if s := rolloutOf(t, e); s.Phase != rollout.Reverted || s.Report.SecondsToZero == nil {
			t.Errorf("%s, %+v: %s", s.Phase, s.Report, s.Reason)
		}
		if got := h.moves(); len(got) != 2 || got[1] != rollout.Revert {
			t.Errorf("moves %v", got)
		}
		if _, err := e.Command(ctx, rollout.Abort, rollout.Meta{}); !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("abort after the end: %v", err)
		}
		mustStart(t, ctx, e, at(10))
		if h.trip() == trip || h.trip().IsSet() {
			t.Error("the next rollout begins with the old trip")
		}
	})
}

// The disk hangs while a step is being kept: the candidate is out all the same,
// and the writer hears of it as soon as it can.
func TestEngineRevertsWhileAnAdvanceIsPending(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		mustStart(t, ctx, e, defaultPlan())
		trip := h.trip()
		h.with(func() { h.mu.block = make(chan struct{}) })
		<-h.inCommit // evidence, or the advance: both wait for the disk
		time.Sleep(time.Minute)
		if s := rolloutOf(t, e); s.Phase != rollout.Progressing || s.Percent != 1 {
			t.Errorf("an advance that is not kept is adopted: %s at %v %%", s.Phase, s.Percent)
		}
		h.with(func() {
			h.mu.traffic = nil
			h.mu.obs.Candidate.Requests += 50
			h.mu.obs.Candidate.Failures += 50
			h.mu.obs.Stable.Requests += 500
		})
		wake <- struct{}{}
		synctest.Wait()
		if s := rolloutOf(t, e); !trip.IsSet() || s.Phase != rollout.Reverted {
			t.Errorf("tripped %v, %s: %s", trip.IsSet(), s.Phase, s.Reason)
		}
	})
}

// TestEngineDoesNotJudgeStable: between the moment in which a candidate becomes stable
// and the engine's hearing of it there is no candidate, and so nothing to say of it.
func TestEngineDoesNotJudgeStable(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		late := make(chan struct{})
		h.with(func() { h.mu.late = late })
		p := defaultPlan()
		p.Steps, p.Bake = []rollout.PlanStep{{Percent: 100}}, time.Minute
		mustStart(t, ctx, e, p)
		time.Sleep(time.Hour)
		close(late)
		time.Sleep(time.Second)
		if s := rolloutOf(t, e); s.Phase != rollout.Succeeded {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
		h.with(func() {
			for _, s := range h.mu.told {
				if s.Phase == rollout.Holding {
					t.Errorf("told: %s", s.Reason)
				}
			}
		})
	})
}

func TestEngineAbortWaitsForNoDisk(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, defaultPlan())
		trip := h.trip()
		h.with(func() { h.mu.block = make(chan struct{}) })
		<-h.inCommit
		waits := make(chan error, 1)
		go func() {
			_, err := e.Command(ctx, rollout.Pause, rollout.Meta{})
			waits <- err
		}()
		synctest.Wait()
		s, err := e.Command(ctx, rollout.Abort, rollout.Meta{Author: "bob", Reason: "looks wrong"})
		if err != nil || s.Phase != rollout.Aborted || !trip.IsSet() {
			t.Errorf("abort: %v, %s, tripped %v", err, s.Phase, trip.IsSet())
		}
		if want := "operator: aborted in step 1 of 4: v2 at 1%, by bob: looks wrong"; s.Reason != want {
			t.Errorf("reason %q, want %q", s.Reason, want)
		}
		if err := <-waits; !errors.Is(err, rollout.ErrWrongPhase) {
			t.Errorf("the pause that waited: %v, want ErrWrongPhase", err)
		}
	})
}

func TestEngineDoesNotAdvanceOnAStoreThatRefuses(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	full := errors.New("no space left")
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		mustStart(t, ctx, e, defaultPlan())
		h.with(func() { h.mu.refuse = full })
		time.Sleep(time.Minute)
		s := rolloutOf(t, e)
		if s.Phase != rollout.Progressing || s.Percent != 1 || s.Reason != "step 1 of 4: v2 at 1%: cannot go on: no space left" {
			t.Errorf("%s at %v %%: %q", s.Phase, s.Percent, s.Reason)
		}
		if _, err := e.Command(ctx, rollout.Pause, rollout.Meta{}); !errors.Is(err, full) {
			t.Errorf("pause: %v, want the store's error", err)
		}
		h.with(func() { h.mu.refuse = nil })
		time.Sleep(2 * time.Second)
		if s := rolloutOf(t, e); s.Percent != 10 {
			t.Errorf("after the store recovered: %s at %v %%: %s", s.Phase, s.Percent, s.Reason)
		}
		h.with(func() { h.mu.refuse = full })
		trip := h.trip()
		h.with(func() {
			h.mu.traffic = nil
			h.mu.obs.Candidate.Requests += 30
			h.mu.obs.Candidate.Failures += 30
			h.mu.obs.Stable.Requests += 300
		})
		wake <- struct{}{}
		synctest.Wait()
		if s := rolloutOf(t, e); !trip.IsSet() || s.Phase != rollout.Reverted {
			t.Errorf("with a store that refuses: tripped %v, %s", trip.IsSet(), s.Phase)
		}
	})
}

func TestEngineDecidesAnewOnAStaleRevision(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		mustStart(t, ctx, e, defaultPlan())
		h.with(func() { h.mu.brief.Revision = 50 }) // nobody said so
		if s, err := e.Command(ctx, rollout.Promote, rollout.Meta{}); err != nil || s.Percent != 10 {
			t.Errorf("promote on a stale revision: %v, %v %%", err, s.Percent)
		}
		h.with(func() { h.mu.brief.Revision = 90 })
		time.Sleep(25 * time.Second)
		if s := rolloutOf(t, e); s.Percent != 25 {
			t.Errorf("advance on a stale revision: %v %%: %s", s.Percent, s.Reason)
		}
	})
}

func TestEngineContinuesWhatItFinds(t *testing.T) {
	h := newHost()
	h.mu.traffic = healthy
	s, _ := rollout.New("r0", defaultPlan(), 0, time.Now())
	h.mu.brief.Rollout = &rollout.Subject{State: s, Trip: new(balancer.Trip)}
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		time.Sleep(30 * time.Second)
		if s := rolloutOf(t, e); s.ID != "r0" || s.Percent != 10 {
			t.Errorf("%s at %v %%", s.ID, s.Percent)
		}
		h.with(func() { h.mu.brief.Rollout = nil })
		e.Notify()
		synctest.Wait()
		if got := e.States(); len(got) != 0 {
			t.Errorf("ended by the writer, still judged: %+v", got)
		}
	})
}

func TestEngineJudgesGuards(t *testing.T) {
	h := newHost()
	p := rollout.Plan{Strategy: "manual", From: "v1", To: "v2", Rules: defaults, Guard: true}
	engine(t, h, func(ctx context.Context, e *rollout.Engine, wake chan struct{}) {
		guard := func() *balancer.Trip {
			trip := new(balancer.Trip)
			s, _ := rollout.New("g", p, 10, time.Now())
			h.with(func() {
				h.mu.brief.Revision++
				h.mu.brief.Guards = []rollout.Subject{{State: s, Trip: trip}}
			})
			e.Notify()
			synctest.Wait()
			return trip
		}
		fail := func(n uint64) {
			h.with(func() {
				h.mu.obs.Stable.Requests += 9 * n
				h.mu.obs.Candidate.Requests += n
				h.mu.obs.Candidate.Failures += n
			})
			select {
			case wake <- struct{}{}:
			default:
			}
			time.Sleep(2 * time.Second)
		}
		trip := guard()
		fail(2)
		h.with(func() { h.mu.brief.Revision++ })
		e.Notify() // another revision, the same trip: the evidence stays
		fail(2)
		if !trip.IsSet() {
			t.Error("not reverted after 2 and 2 failures under one trip")
		}
		if got := h.moves(); len(got) != 1 || h.mu.changes[0].Source != "guard" || !h.mu.changes[0].Safety {
			t.Errorf("moves %v, first %+v", got, h.mu.changes[0])
		}
		guard()
		fail(2)
		trip = guard() // set again by somebody: judged anew
		fail(2)
		if trip.IsSet() {
			t.Error("reverted on evidence from before the last decision of a person")
		}
		if got := len(h.moves()); got != 1 {
			t.Errorf("%d moves", got)
		}
		time.Sleep(time.Minute)
		if got := len(h.moves()); got != 1 {
			t.Errorf("a guard moved by itself")
		}
	})
}

// A caller who left blocks nobody, and a command that waits in vain ends with
// its caller.
func TestEngineCallersMayLeave(t *testing.T) {
	h := newHost()
	engine(t, h, func(ctx context.Context, e *rollout.Engine, _ chan struct{}) {
		h.with(func() { h.mu.block = make(chan struct{}) })
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := e.Start(short, "r1", defaultPlan(), rollout.Meta{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("start: %v", err)
		}
		if _, err := e.Command(short, rollout.Pause, rollout.Meta{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("pause: %v", err)
		}
		h.with(func() { close(h.mu.block); h.mu.block = nil })
		synctest.Wait()
		if s := rolloutOf(t, e); s.Phase != rollout.Progressing {
			t.Errorf("%s, want the rollout that was handed to the writer", s.Phase)
		}
	})
}
