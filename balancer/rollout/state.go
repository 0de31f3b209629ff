package rollout

import (
	"fmt"
	"time"
)

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
	// InStep counts the candidate's first attempts in the step.
	InStep uint64 `json:"in_step"`
	// Bake is true from the end of the last step on.
	Bake bool `json:"bake,omitempty"`
	// Pause says who stopped the advance: operator, plan, or nobody.
	Pause string `json:"pause,omitempty"`
	// Hold is why the rollout holds; its zero value does not.
	Hold Hold `json:"hold,omitzero"`
	// Outcome is the phase that a reverting rollout ends in.
	Outcome  Phase    `json:"outcome,omitempty"`
	Evidence Evidence `json:"evidence"`
	Report   *Report  `json:"report,omitempty"` // nil until the end
}

// StepNumber is the step as people count: from 1; 0 for a guard.
func (s *State) StepNumber() int { return min(s.Step+1, len(s.Plan.Steps)) }

// WaitsFor says, for people, what has to happen before the rollout goes on by
// itself or by whom; "" for a guard, a revert and the end.
func (s *State) WaitsFor() string {
	if s.Plan.Guard {
		return ""
	}
	switch s.Phase {
	case Progressing:
		hold := max(0, s.Plan.Steps[s.Step].Hold-s.Watched).Round(time.Second)
		return fmt.Sprintf("hold: %s to go; %d of %d requests", hold, min(s.InStep, s.Plan.MinRequests), s.Plan.MinRequests)
	case Paused:
		if s.Pause == pausePlan {
			return "promote: the plan pauses here"
		}
		return "resume: an operator has paused it"
	case Baking:
		return fmt.Sprintf("bake: %s to go", max(0, s.Plan.Bake-s.Watched).Round(time.Second))
	case Holding:
		what := fmt.Sprintf("the cause to be gone for %s, or resume", clearAfter)
		if s.Pause == pauseOperator {
			what += "; then resume once more: an operator has paused it"
		}
		return what
	}
	return ""
}

// WarmUntil is how long the version before is counted on as the way back: for
// KeepWarm after the success. Zero for a rollout that has not succeeded.
func (s *State) WarmUntil() time.Time {
	if s.Phase != Succeeded || s.Plan.KeepWarm <= 0 {
		return time.Time{}
	}
	return s.EndedAt.Add(s.Plan.KeepWarm)
}
