package rollout

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"weir/balancer"
)

// loop is what the engine's goroutine owns.
type loop struct {
	engine  *Engine
	ctx     context.Context
	brief   Brief
	rollout *subject // the current or last explicit rollout, nil before the first
	guards  []*subject
	queue   []*call

	pending *pending   // the change that the writer has now
	results chan error // its result; capacity 1
	running sync.WaitGroup

	changed   bool // since publish
	published time.Time
}

// subject is a rollout and what the engine knows of it besides.
type subject struct {
	state State
	trip  *balancer.Trip
	obs   Observation
	calls []*call   // aborts that wait for the writer
	meta  Meta      // of the abort, for the history
	dirty bool      // the state has to be kept before its time; a guard's never is
	owed  bool      // its revert, or a further step of it, is not published yet
	void  bool      // its trip is no longer the split's
	kept  time.Time // when the state was last handed to the writer
	retry time.Time // no change before
}

func (s *subject) active() bool    { return !s.state.Phase.Ended() }
func (s *subject) reverting() bool { return s.state.Phase == Reverting }

// subjects are those that may need something.
func (l *loop) subjects() []*subject {
	var out []*subject
	if l.rollout != nil && l.rollout.active() {
		out = append(out, l.rollout)
	}
	for _, g := range l.guards {
		if g.active() {
			out = append(out, g)
		}
	}
	return out
}

func (l *loop) judging() bool { return len(l.subjects()) > 0 }

// look weighs the evidence of every subject.
func (l *loop) look(now time.Time) {
	for _, s := range l.subjects() {
		if s.reverting() && s.state.Percent == 0 && s.state.Roll.settled() {
			continue
		}
		s.obs.Endpoints = s.obs.Endpoints[:0]
		s.obs.Bounds = s.state.Evidence.Slowness.CandidateBounds
		l.engine.host.Observe(s.state.Plan.To, &s.obs)
		if s.obs.Adopted {
			continue
		}
		if s.reverting() {
			l.retreat(s, now)
			continue
		}
		next, a := s.state.weigh(&s.obs, now)
		if a.Move == Revert {
			l.revert(s, next)
			continue
		}
		was := s.state
		s.state = next
		if a.Changed {
			s.dirty, l.changed = true, true
			l.engine.host.Announce(next)
			if next.Phase == Holding || next.Ahead != was.Ahead || next.Asked != was.Asked {
				l.withdraw(s)
			}
		}
	}
}

// retreat goes on with a revert in steps.
func (l *loop) retreat(s *subject, now time.Time) {
	next, a := s.state.retreat(&s.obs, now)
	if a.Changed {
		l.revert(s, next)
		return
	}
	s.state = next
}

// revert trips first, and withdraws whatever else the writer has in hand for the
// subject. It does nothing when the candidate has just become stable: the writer
// has retired its trip, and its answer is on the way. A candidate that keeps a
// share is not tripped: the trip is all or nothing.
func (l *loop) revert(s *subject, next State) {
	if s.trip != nil && next.Percent == 0 && !s.trip.Set() {
		return
	}
	s.state, s.retry, s.owed, l.changed = next, time.Time{}, true, true
	l.engine.host.Announce(next)
	l.withdraw(s)
}

// withdraw takes back a move that the writer has not published yet: it was
// decided on evidence that no longer holds.
func (l *loop) withdraw(s *subject) {
	if p := l.pending; p != nil && p.subject == s && !p.change.Safety {
		p.cancel()
	}
}

// reread takes in what the writer published.
func (l *loop) reread() {
	l.brief, l.changed = l.engine.host.Brief(), true
	l.rollout = l.rollout.follow(l.brief.Rollout)
	l.guards = follow(l.guards, l.brief.Guards)
}

// follow returns the guards under a new brief. One whose plan and trip are the
// same goes on with the evidence it has; one that is reverting goes on whatever
// the brief says, as long as its trip is the split's, because nobody else would
// take the weight from a version that is out.
func follow(guards []*subject, brief []Subject) []*subject {
	var out []*subject
	rest := slices.Clone(guards)
	for _, b := range brief {
		next := &subject{state: b.State, trip: b.Trip}
		if i := slices.IndexFunc(rest, func(s *subject) bool { return s.trip == b.Trip && s.state.Plan.To == b.State.Plan.To }); i >= 0 {
			was := rest[i]
			rest = slices.Delete(rest, i, i+1)
			if was.reverting() {
				was.state.Plan = b.State.Plan // its share goes back to the stable of now
			}
			if reflect.DeepEqual(was.state.Plan, b.State.Plan) {
				next = was
				if !was.reverting() { // which has a share of its own
					was.state.turn(b.State.Percent)
				}
			}
		}
		out = append(out, next)
	}
	for _, s := range rest {
		if s.reverting() && !s.void {
			out = append(out, s)
		}
	}
	return out
}

// follow returns the explicit rollout that s becomes under a new brief. The
// engine's own state is newer than the persisted one of the same rollout; but for the
// place of one that is led, which is only ever another there.
func (s *subject) follow(b *Subject) *subject {
	switch {
	case b == nil && (s == nil || !s.active()):
		return s // nothing runs; the last one stays to be seen
	case b == nil:
		s.answer(State{}, ErrStale) // ended by somebody else
		return nil
	case s == nil || s.state.ID != b.State.ID:
		s = &subject{state: b.State}
	}
	s.trip = b.Trip
	if s.state.Plan.ledBy() { // its leader has moved the group, then its place in the brief is another
		s.state = s.state.Along(&b.State, s.state.Plan.Leader, time.Now())
	}
	if s.reverting() && s.state.Percent == 0 && s.trip != nil {
		s.trip.Set()
	}
	return s
}

// answer answers the aborts that wait.
func (s *subject) answer(state State, err error) {
	for _, c := range s.calls {
		c.answer(state, err)
	}
	s.calls = nil
}

// publish makes the states visible: at once after a change, else every 100 ms.
func (l *loop) publish(now time.Time) {
	if !l.changed && now.Sub(l.published) < lookEvery {
		return
	}
	l.changed, l.published = false, now
	var states []State
	if l.rollout != nil {
		states = append(states, l.rollout.state)
	}
	for _, g := range l.guards {
		states = append(states, g.state)
	}
	l.engine.states.Store(&states)
}
