package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// rolls reports that the rollout is on its way through its batches.
func (s *State) rolls() bool {
	return s.Roll != nil && !s.Bake && !s.Phase.Ended() && s.Phase != Reverting
}

// beginRoll is the first state of a rolling rollout: nothing of To takes requests.
func (s State) beginRoll() (State, Action) {
	s.Roll = newRoll(s.Plan.Rolling)
	return s.changed(Stay, s.where())
}

// rollMoves reports that the batch goes on, or that it is over: then there is another
// one to begin, or the bake.
func (s *State) rollMoves() bool {
	p := s.Plan.Rolling
	return s.Roll.complete(p) || s.Roll.forward(p) != s.Roll || s.Roll.follows(s.Percent)
}

// nextBatch is the index of the batch that the next move begins, -1 when there is
// something else to do or none left; last reports that it has all that is left.
func (s *State) nextBatch() (i int, last bool) {
	p, r := s.Plan.Rolling, s.Roll
	if !s.rolls() || !r.complete(p) || r.forward(p) != r || r.last() && r.Batch > 0 {
		return -1, false
	}
	return r.Batch, r.next(p).last()
}

// rollOn does what rollMoves has found.
func (s State) rollOn(now time.Time) (State, Action) {
	p, r := s.Plan.Rolling, s.Roll
	if next := r.forward(p); next != r {
		return s.rolled(next)
	}
	switch {
	case !r.complete(p):
		return s.rolled(r.clone())
	case r.last() && r.Batch > 0:
		s.Roll = r.warm()
		if s.Plan.Bake <= 0 && s.Percent == 100 && !s.asksInBake() {
			return s.finish(now)
		}
		return s.full(now)
	}
	r = r.next(p)
	s.leave()
	s.begin(now)
	return s.rolled(r.forward(p))
}

// rolled is the state with the endpoints moved, and with the share that they make.
func (s State) rolled(r *Roll) (State, Action) {
	s.Roll = r
	had := s.Percent
	s.turn(r.share(had))
	r.given(s.Percent != had)
	return s.changed(SetPercent, s.where())
}

// late reverts a rollout in which nothing has got further for too long. It was in no
// hurry: what has to be started again for it is started batch by batch.
func (s State) late(o *Observation, now time.Time) (State, Action) {
	p := s.Plan.Rolling
	if !s.rolls() || s.Phase != Progressing || !s.Roll.overdue(p) {
		return s, Action{}
	}
	outcome := Reverted
	if s.Percent == 0 {
		outcome = Aborted
	}
	return s.revert(o, outcome, fmt.Sprintf("deadline: no progress for %s in %s: %s", p.ProgressDeadline, s.where(), s.Roll.waits(p)), time.Time{}, now)
}

// turnBack is the first moves of a revert.
func (s *State) turnBack(o *Observation) {
	p := s.Plan.Rolling
	bad := s.Outcome == Reverted && !s.Roll.overdue(p) // by the rules: it is not to take part in that
	s.Roll = s.Roll.backward(p, bad || s.dead() || o.CandidateUsable == 0)
}

// goBack goes on with a revert whose endpoints are not all back, and leaves it when
// nothing has got further for too long.
func (s State) goBack(o *Observation, now time.Time) (State, Action) {
	p := s.Plan.Rolling
	next := s.Roll.backward(p, s.dead() || o.CandidateUsable == 0)
	if next == s.Roll && next.overdue(p) {
		return s.atOnce(now)
	}
	keep := next.keeps(s.Percent)
	if next == s.Roll && (keep == s.Percent || keep > 0 && keep > s.Percent-leastStep) {
		return s, Action{Move: Revert, Percent: s.Percent, Reason: s.Reason}
	}
	s.Roll = next
	return s.down(keep, now)
}

// atOnce is the rest of a revert without further waiting: first the candidate has
// nothing any more, then what is not back is left.
func (s State) atOnce(now time.Time) (State, Action) {
	if p := s.Plan.Rolling; !s.Roll.Hard {
		s.Roll = s.Roll.backward(p, true)
	} else {
		s.Reason += "; not back: " + s.Roll.undone()
		s.Roll = s.Roll.leave()
	}
	return s.down(0, now)
}

// seen is a committed roll with what was seen of its members since the change was
// decided.
func (r *Roll) seen(live *Roll) *Roll {
	if r == nil || live == nil {
		return r
	}
	n := r.clone()
	refresh(n.From, live.From)
	refresh(n.To, live.To)
	if n.Moves == live.Moves {
		n.Idle, n.Steady = live.Idle, live.Steady
	}
	return n
}

func refresh(members, live []Member) {
	for i := range members {
		m, l := &members[i], &live[i]
		if m.Stage == l.Stage && m.Starts == l.Starts {
			m.Ready, m.Quiet = l.Ready, l.Quiet
			m.usable, m.drained, m.gone, m.weight = l.usable, l.drained, l.gone, l.weight
			m.inflight, m.why, m.hook = l.inflight, l.why, l.hook
		}
	}
}

// meanwhile is a roll that goes back after the writer has made one more move forward:
// what that has begun is not undone by not knowing of it.
func (r *Roll) meanwhile(made *Roll) *Roll {
	n := r.clone()
	for i := range n.From {
		if m := made.From[i]; m.Stage == StageStopping || m.Stage == StageOut && m.Stopped {
			n.From[i].Stopped = true
			n.From[i].set(m.Stage)
		}
	}
	for i := range n.To {
		if m := made.To[i]; m.Stage == StageStarting {
			n.To[i].set(m.Stage)
		}
	}
	n.moved()
	return n
}

// batchTold is where the rollout is in its batches, for people.
func (s *State) batchTold() string {
	r, p := s.Roll, s.Plan.Rolling
	if r.Batch == 0 {
		return fmt.Sprintf("before the first of %d batches: %s at %g%%", p.Batches(), s.Plan.To, s.Percent)
	}
	return fmt.Sprintf("batch %d of %d: %s at %g%%", r.Batch, p.Batches(), s.Plan.To, s.Percent)
}

// waits says, for people, what the present batch waits for.
func (r *Roll) waits(p *Rolling) string {
	var out []string
	for i := range r.To {
		switch m := &r.To[i]; {
		case m.Stage == StageStarting, m.Stage == StageUp && !m.usable && !m.gone:
			out = append(out, m.told())
		case m.Stage == StageUp && m.Batch == r.Batch && !m.ready(p) && !m.gone:
			out = append(out, fmt.Sprintf("%s (min_ready, %s to go)", m.Address, left(p.MinReady, m.Ready)))
		}
	}
	for i := range r.From {
		switch m := &r.From[i]; m.Stage {
		case StageDraining, StageStopping:
			out = append(out, m.told())
		case StageUp:
			if m.Batch == r.Batch && r.Batch > 0 && !r.spares(p, m) {
				out = append(out, fmt.Sprintf("%s (up until %d others are usable, which %d are)", m.Address, p.Desired-p.MaxUnavailable, r.without(p, m)))
			}
		}
	}
	if len(out) == 0 {
		return "its endpoints"
	}
	return some(out)
}

// without is how many serve besides m.
func (r *Roll) without(p *Rolling, m *Member) int {
	n := r.usable(p)
	if m.serves() {
		n--
	}
	return n
}

// some joins the first few, for people.
func some(words []string) string {
	const few = 3
	if more := len(words) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:few], ", "), more)
	}
	return strings.Join(words, ", ")
}

// waitsInBatch is what ends a batch.
func (s *State) waitsInBatch() string {
	p := s.Plan.Rolling
	if s.Roll.Batch == 0 {
		return "the first batch" + s.andLacks()
	}
	what := "batch: " + s.Roll.waits(p) + s.andLacks()
	if late := p.ProgressDeadline; late > 0 {
		what += fmt.Sprintf("; reverted in %s without progress", left(late, s.Roll.Idle))
	}
	return what
}

// waitsBack is what a revert waits for.
func (s *State) waitsBack() string {
	what := "endpoints to be back: " + s.Roll.waitsBack()
	if s.Percent > 0 {
		return what + ", or abort: then without " + s.Plan.To
	}
	return what + ", or abort: then it is left as it is"
}

// waitsBack says, for people, what a revert waits for.
func (r *Roll) waitsBack() string {
	var out []string
	r.members(func(m *Member) {
		if m.Stage == StageStarting || m.Stage == StageDraining || m.Stage == StageStopping {
			out = append(out, m.told())
		}
	})
	if len(out) == 0 {
		return r.undone()
	}
	return some(out)
}

// after reports that r is a later one than o.
func (r *Roll) after(o *Roll) bool { return r != nil && o != nil && r.Moves > o.Moves }

// problem says why a kept roll cannot be gone on with; "": it can.
func (r *Roll) problem(p *Plan) string {
	if r == nil || p.Rolling == nil {
		if r != nil || p.Rolling != nil {
			return "one without a plan, or a plan without one"
		}
		return ""
	}
	if len(r.From) != len(p.Rolling.From) || len(r.To) != len(p.Rolling.To) {
		return "other endpoints than the plan's"
	}
	bad := ""
	r.members(func(m *Member) {
		if !slices.Contains(stages, m.Stage) || m.Batch < 0 || m.Batch > r.Batch {
			bad = fmt.Sprintf("%s in stage %q of batch %d", m.Address, m.Stage, m.Batch)
		}
	})
	return bad
}
