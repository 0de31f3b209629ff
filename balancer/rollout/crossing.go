package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What can be ahead of a move. Every move passes what it has of this in this order,
// with before_start ahead of the preparation: what a candidate runs on may have to be
// there before it can be checked.
const (
	preparation = "preparation" // of a blue_green candidate: healthy, warm, checked
	gates       = "gates"       // that State.Asked names
	approval    = "approval"    // by an operator, or by AutoPromote's time
	cleared     = "cleared"     // all that was had, and something else keeps the rollout: room, a pause, a hold
	writeHold   = "hold"        // of writes, until those under way have ended and the Held gates have passed
)

// stage is one thing that has to be so before the next move.
type stage struct {
	ahead string
	asked Asked // without its round; zero: nothing is asked
}

// stages are those of the next move, in their order.
func (s *State) stages() []stage {
	p := &s.Plan
	if len(p.Gates) == 0 && p.BlueGreen == nil && p.WriteHold == nil {
		return nil
	}
	var out []stage
	ask := func(q Asked) {
		at := stage{gates, q}
		if q.Held {
			at.ahead = writeHold
		}
		if len(s.gates(q)) > 0 {
			out = append(out, at)
		}
	}
	if s.Bake {
		ask(Asked{Point: AfterSwitch})
		ask(Asked{Point: BeforeFinish})
		return out
	}
	i, last := s.target()
	if i < 0 {
		return nil
	}
	points := func(held bool) {
		if i > 0 {
			ask(Asked{Point: BeforeStep, Step: i + 1, Held: held})
		}
		if last {
			ask(Asked{Point: BeforeSwitch, Held: held})
		}
	}
	if s.outset() {
		ask(Asked{Point: BeforeStart})
	}
	if p.BlueGreen != nil {
		out = append(out, stage{ahead: preparation})
	}
	points(false)
	if p.BlueGreen != nil && p.BlueGreen.waits() && last {
		out = append(out, stage{ahead: approval})
	}
	if s.holds() {
		out = append(out, stage{ahead: writeHold})
		if !s.Waived {
			points(true)
		}
	}
	return out
}

// following is the stage after the one that the rollout is in, whether that has been
// passed or not; ok is false when the move itself is next.
func (s *State) following(o *Observation) (next stage, ok bool) {
	all := s.stages()
	if i := s.position(all, o) + 1; i < len(all) {
		return all[i], true
	}
	return stage{}, false
}

// position is the index of the stage that the rollout is in; -1 before the first, and
// in one that the way to this move does not have.
func (s *State) position(all []stage, o *Observation) int {
	at := stage{s.Ahead, s.Asked.unnumbered()}
	switch {
	case s.Bake && s.Ahead == "" && s.answered(o): // within the bake
		at.ahead = gates
	case s.Ahead == cleared:
		held := slices.IndexFunc(all, func(g stage) bool { return g.ahead == writeHold })
		if held < 0 {
			return len(all) - 1
		}
		return held - 1
	}
	return slices.Index(all, at)
}

// answered reports that all gates that are asked have passed; true when none are asked.
func (s *State) answered(o *Observation) bool {
	return s.Asked == Asked{} || o.Gates.Of == s.Asked && o.Gates.Done
}

// had reports that the rollout has what the stage which it is in is for.
func (s *State) had(o *Observation) bool {
	switch s.Ahead {
	case preparation:
		return s.unready(o) == ""
	case gates:
		return s.answered(o)
	case approval:
		auto := s.Plan.BlueGreen.AutoPromote
		return s.Phase == WaitingGate && auto > 0 && s.Watched >= auto && s.unready(o) == ""
	case writeHold:
		return o.Hold.InForce && o.Hold.Drained && s.answered(o)
	}
	return true
}

// free reports that nothing but what is ahead keeps the rollout from its next move.
func (s *State) free(o *Observation) bool {
	return s.Pause == "" && s.Hold.Cause == "" && s.lacks(o) == ""
}

// cross goes on to the next stage when the one that the rollout is in has been
// passed. Neither a pause nor a hold keeps gates from being asked, but writes are
// held only when a move can follow. The move itself is left to advance.
func (s State) cross(o *Observation, now time.Time) (State, Action) {
	switch {
	case s.Plan.ledBy(): // its leader follows the way of all
		return s, Action{}
	case s.Plan.BlueGreen != nil && s.past() && s.unready(o) != "":
		why := s.unready(o)
		next, _ := s.at(stage{ahead: preparation}, now)
		return next.changed(Stay, next.where()+" again: "+why)
	case s.Ahead == writeHold && !s.free(o):
		return s.clear(o)
	case o.Group.Waits != "": // every stage is begun with all due
		return s, Action{}
	case s.Ahead == "" && !s.ripe(o), s.Ahead != "" && !s.had(o):
		return s, Action{}
	}
	next, more := s.following(o)
	if move := !more || next.ahead == writeHold; move && !s.Bake && !s.free(o) {
		if s.Ahead == gates {
			return s.clear(o)
		}
		return s, Action{}
	}
	if !more {
		return s, Action{}
	}
	why := s.proof()
	s, a := s.at(next, now)
	if why != "" {
		s.Reason += "; " + why
		a.Reason = s.Reason
	}
	return s, a
}

// past reports that the way has come beyond the preparation.
func (s *State) past() bool {
	return !s.Bake && s.Ahead != "" && s.Ahead != preparation && s.Asked.Point != BeforeStart
}

// at enters a stage. A question that is being asked goes on being asked.
func (s State) at(g stage, now time.Time) (State, Action) {
	s.Ahead = g.ahead
	if g.asked != s.Asked.unnumbered() {
		s.Asked = s.asking(g.asked)
	}
	if g.ahead == preparation || g.ahead == approval { // whose time is counted
		s.StepAt, s.Watched = now, 0
	}
	said := s.where()
	switch {
	case s.Asked != Asked{}:
		said += ": asks " + s.question()
	case g.ahead == approval:
		said += ": waits for approval"
	case g.ahead == writeHold:
		s.Holds++
		said += ": holds writes until those under way have ended"
	}
	s.Lacks = ""
	return s.changed(Stay, said)
}

// asking is a question that is asked anew.
func (s *State) asking(q Asked) Asked {
	if q != (Asked{}) {
		s.Round++
		q.Round = s.Round
	}
	return q
}

// clear waits for what keeps the rollout from its move though all was answered.
func (s State) clear(o *Observation) (State, Action) {
	held := s.Ahead == writeHold
	s.unhold()
	s.Ahead, s.Asked, s.Lacks = cleared, Asked{}, s.lacks(o)
	said := s.where()
	if held {
		said += ": writes go on meanwhile"
	}
	if s.Lacks != "" {
		said += ": waits for " + s.Lacks
	}
	return s.changed(Stay, said)
}

// unhold leaves the stage in which writes are held: they are not to wait for what a
// pause or a hold of the rollout waits for.
func (s *State) unhold() {
	if s.Ahead == writeHold {
		s.Ahead, s.Asked = cleared, Asked{}
	}
}

// leave ends everything that was ahead.
func (s *State) leave() {
	s.Ahead, s.Asked, s.Full, s.Waived, s.Outset = "", Asked{}, false, false, false
}

// stop ends everything that was ahead, for good. That a promote was of all is kept: it
// tells which steps it has left out.
func (s *State) stop() {
	full := s.Full
	s.leave()
	s.Full = full
}

// target is the index of the step, or of the batch, that the next move enters; -1 when
// it enters none. Last reports that it gives the candidate all that is left.
func (s *State) target() (i int, last bool) {
	switch {
	case s.Bake || s.Plan.Guard:
		return -1, false
	case s.Roll != nil:
		return s.nextBatch()
	case s.Percent == 100:
		return -1, false
	case s.Full:
		i = len(s.Plan.Steps) - 1
	case s.outset():
		i = s.above(s.Step)
	default:
		i = s.above(s.Step + 1)
	}
	return i, i >= 0 && s.Plan.Steps[i].Percent == 100
}

// outset reports that no step, or batch, has been entered yet. States kept by a Weir
// that had no word for it are told by their share.
func (s *State) outset() bool {
	switch {
	case s.Plan.Guard || s.Bake:
		return false
	case s.Roll != nil:
		return s.Roll.Batch == 0
	}
	return s.Outset || s.Plan.Steps[s.Step].Percent > s.Percent
}

// unmoved reports that nothing of the plan has been given to the candidate yet.
func (s *State) unmoved() bool {
	if s.rolls() {
		return s.Percent == 0
	}
	return s.outset() || s.Plan.BlueGreen != nil && !s.Bake
}

// switched reports that a step is the one that gives the candidate the writes.
func (s *State) switched(i int) bool {
	p := &s.Plan
	last := p.Steps[i].Percent == 100
	if !p.PinWrites {
		return p.BlueGreen != nil && last
	}
	return s.Writes == "" && (last || slices.ContainsFunc(p.Steps[:i+1], func(st PlanStep) bool { return st.SwitchWrites }))
}

// holds reports that writes are held over the next move.
func (s *State) holds() bool {
	i, _ := s.target()
	return s.Plan.WriteHold != nil && s.Roll == nil && i >= 0 && s.switched(i)
}

// gates are the plan's gates that a question is put to. A Held one must not be
// forgotten: before a move that holds no writes it is asked with the others, and when
// the step that was to switch writes is left out, before the move that does it instead.
func (s *State) gates(q Asked) []PlanGate {
	var out []PlanGate
	for _, g := range s.Plan.Gates {
		before := func(n int) bool {
			return n == q.Step || q.Held && n < q.Step && s.switched(n-1)
		}
		if g.At == q.Point && (g.Held && s.holds()) == q.Held && (len(g.Steps) == 0 || slices.ContainsFunc(g.Steps, before)) {
			out = append(out, g)
		}
	}
	return out
}

// AskedGates are the gates that are asked now, in their order; none: nothing is asked.
func (s *State) AskedGates() []PlanGate {
	if s.Asked == (Asked{}) {
		return nil
	}
	return s.gates(s.Asked)
}

// question is what is asked now, for people.
func (s *State) question() string {
	var names []string
	for _, g := range s.AskedGates() {
		names = append(names, g.Name)
	}
	point := s.Asked.Point
	if s.Asked.Step > 0 {
		point = fmt.Sprintf("%s %d", point, s.Asked.Step)
	}
	return point + ": " + strings.Join(names, ", ")
}
