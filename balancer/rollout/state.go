package rollout

import "time"

// State is one rollout, whole: it is persisted as JSON at every transition, and
// a process that reads it back goes on where the last one stopped. The zero
// value is no rollout; use New.
//
// Holds are measured in watched time: Watched grows by the monotonic time
// between two Steps of one process. So neither a clock that jumps nor the time
// a process was down can skip a hold or keep one from ending; a restart only
// continues it.
type State struct {
	ID   string `json:"id"`
	Plan Plan   `json:"plan"`
	// Phase follows from the fields below and is kept in step with them.
	Phase Phase `json:"phase"`
	// Step is the index into Plan.Steps; 0 for a guard.
	Step int `json:"step"`
	// Percent is the candidate's part of From's and To's weight now, 0 to 100;
	// StartPercent the one before the rollout.
	Percent      float64 `json:"percent"`
	StartPercent float64 `json:"start_percent"`
	// Reason is a sentence with its numbers: why the rollout is in this phase.
	Reason    string    `json:"reason"`
	StartedAt time.Time `json:"started_at"`
	StepAt    time.Time `json:"step_at"`  // when the step or the bake began, wall clock, for people
	EndedAt   time.Time `json:"ended_at"` // zero until the end
	// Turned is true from a change of the share to the next look: the tick that is
	// open then was begun at another share, and counts for no step.
	Turned bool `json:"turned,omitempty"`
	// Watched is the time spent in the step or the bake, holding excluded.
	Watched time.Duration `json:"watched"`
	// InStep counts the candidate's first attempts in the step, or the pairs of answers
	// in one that mirrors.
	InStep uint64 `json:"in_step"`
	// Bake is true from the end of the last step on.
	Bake bool `json:"bake,omitempty"`
	// Ahead is what the rollout is in that has to be had before its next move:
	// preparation, gates, approval, cleared or hold. "": a step or the bake, or what
	// has ended.
	Ahead string `json:"ahead,omitempty"`
	// Asked are the gates that are asked now; zero: none. Those after_switch are asked
	// all through the bake, with nothing ahead.
	Asked Asked `json:"asked,omitzero"`
	// Round counts the questions that were asked, Holds how often writes were to be held.
	Round int `json:"round,omitempty"`
	Holds int `json:"holds,omitempty"`
	// Outset is true until the first step is entered: Step is that one then.
	Outset bool `json:"outset,omitempty"`
	// Full is true when what is ahead is ahead of everything, by PromoteFull, or was when
	// the way back began.
	Full bool `json:"full,omitempty"`
	// Waived is true when an operator goes on without the Held gates.
	Waived bool `json:"waived,omitempty"`
	// Writes is where writes are under Plan.PinWrites: "" on From, WritesSwitched on To.
	Writes string `json:"writes,omitempty"`
	// Roll is how far a rolling rollout is; nil for every other strategy.
	Roll *Roll `json:"roll,omitempty"`
	// Preparing is how long the preparation has taken so far.
	Preparing time.Duration `json:"preparing,omitempty"`
	// Undecided is true when a step has come to its MaxHold without a certificate,
	// and stays.
	Undecided bool `json:"undecided,omitempty"`
	// Lacks is what the candidate lacked for its next share at the last look, for
	// people. "": nothing, or its time has not come.
	Lacks string `json:"lacks,omitempty"`
	// Due is true while a member of a group that is led has all of its own that the next
	// move needs, as of its last look.
	Due bool `json:"-"`
	// Pause says who stopped the advance: operator, plan, or nobody.
	Pause string `json:"pause,omitempty"`
	// Hold is why the rollout holds; its zero value does not.
	Hold Hold `json:"hold,omitzero"`
	// By is the upstream of the group whose rollout took the candidates of all out; "":
	// this one's own, or none did.
	By string `json:"by,omitempty"`
	// Outcome is the phase that a reverting rollout ends in.
	Outcome Phase `json:"outcome,omitempty"`
	// Since is the first failure of what led to the revert; zero: none did.
	Since    time.Time `json:"since,omitzero"`
	Evidence Evidence  `json:"evidence"`
	Report   *Report   `json:"report,omitempty"` // nil until the end
}

// WritesSwitched is State.Writes when writes go to the candidate.
const WritesSwitched = "switched"

// StepNumber is the step as people count: from 1; 0 for a guard, and before the first
// batch of a rolling rollout, whose steps are its batches.
func (s *State) StepNumber() int {
	if s.Roll != nil {
		return s.Roll.Batch
	}
	return min(s.Step+1, len(s.Plan.Steps))
}

// StepCount is how many steps there are.
func (s *State) StepCount() int {
	if s.Plan.Rolling != nil {
		return s.Plan.Rolling.Batches()
	}
	return len(s.Plan.Steps)
}

// WarmUntil is how long the version before is counted on as the way back: for
// KeepWarm after the success. Zero for a rollout that has not succeeded.
func (s *State) WarmUntil() time.Time {
	if s.Phase != Succeeded || s.Plan.KeepWarm <= 0 {
		return time.Time{}
	}
	return s.EndedAt.Add(s.Plan.KeepWarm)
}
