package rollout

import (
	"fmt"
	"slices"
)

// The points of a rollout at which gates are asked (semantics §10).
const (
	BeforeStart  = "before_start"  // before the candidate gets anything, a mirrored share included
	BeforeStep   = "before_step"   // before each later step
	BeforeSwitch = "before_switch" // before the move that gives the candidate everything
	AfterSwitch  = "after_switch"  // in the bake, which does not end without them
	BeforeFinish = "before_finish" // when the bake has had its time
	AfterFinish  = "after_finish"  // when the version before has been retired: asked by control alone
	OnRevert     = "on_revert"     // after a revert, which waits for none: asked by control alone
)

// PlanGate is a gate as the machine knows it: where it is asked. How is control's.
type PlanGate struct {
	// Name tells a plan's gates apart, At is one of the points.
	Name string `json:"name"`
	At   string `json:"at"`
	// Held gates are asked while writes are held; only at BeforeStep and BeforeSwitch,
	// with WriteHold.
	Held bool `json:"held,omitempty"`
	// Approval gates measure nothing: a person answers.
	Approval bool `json:"approval,omitempty"`
	// Steps are those that a gate at BeforeStep is asked before, from 1. Empty: all.
	Steps []int `json:"steps,omitempty"`
}

// LeftOut reports that all steps that the gate is asked before are behind, for whoever
// knows that it was not asked: a promote of all has left them out, or the candidate had
// their share already.
func (s *State) LeftOut(g *PlanGate) bool {
	if g.At != BeforeStep || s.Plan.Guard || s.Roll != nil {
		return false
	}
	last := len(s.Plan.Steps)
	if len(g.Steps) > 0 {
		last = slices.Max(g.Steps)
	}
	switch {
	case s.Full: // the last step is the next
		return last < len(s.Plan.Steps)
	case s.outset():
		return false
	}
	return last <= s.Step+1
}

// Asked is the point whose gates are asked now. The zero value: none are. An equal
// Asked of the same rollout is the same question, after a restart too.
type Asked struct {
	Point string `json:"point"`
	// Step is the one that the point comes before, from 1; else 0.
	Step int `json:"step,omitempty"`
	// Held tells that the gates asked are the Held ones; else it is the others.
	Held bool `json:"held,omitempty"`
	// Round counts the questions of a rollout, from 1: what is asked again, after a
	// hold or what had to be prepared anew, has another. No answer of an earlier round
	// counts.
	Round int `json:"round"`
}

// unnumbered is the question whenever it is asked.
func (a Asked) unnumbered() Asked {
	a.Round = 0
	return a
}

// judgeGates holds a rollout whose gate has given no answer in its time, when the plan
// leaves that to people.
func (s *State) judgeGates(o *Observation) finding {
	if s.Asked == (Asked{}) || o.Gates.Of != s.Asked || o.Gates.Unclear == "" {
		return finding{}
	}
	return finding{cause: causeGate, reason: func() string {
		return fmt.Sprintf("gate: %s: want resume to ask again, promote to go on without, or abort", o.Gates.Unclear)
	}}
}

// rejected says which gate was rejected and why; "" when none was.
func (s *State) rejected(o *Observation) string {
	if s.Asked == (Asked{}) || o.Gates.Of != s.Asked || o.Gates.Failed == "" {
		return ""
	}
	return fmt.Sprintf("gate %s", o.Gates.Failed)
}

// GateReport is what control's gate runner has to say of the gates that are asked,
// all of them together. Of another question than State.Asked it counts for nothing.
type GateReport struct {
	Of Asked
	// Done reports that all have passed.
	Done bool
	// Failed is the gate that was rejected and why, for people: it aborts.
	Failed string
	// Unclear is the gate without an answer and why, for people: the rollout stays
	// until resume, which asks again, or promote, which goes on without.
	Unclear string
	// Doing is the gate that is asked now and how far that is, for people.
	Doing string
}
