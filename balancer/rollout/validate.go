package rollout

import (
	"fmt"
	"math"
	"slices"
)

// Validate says why a state that was kept somewhere cannot be gone on with; nil
// for every state that New and Step return. A state that reverts is kept only while
// it goes down in steps.
func (s *State) Validate() error {
	p, e := &s.Plan, &s.Evidence
	last := len(p.Steps) - 1
	switch {
	case s.ID == "":
		return fmt.Errorf("no id")
	case p.From == "" || p.To == "" || p.From == p.To:
		return fmt.Errorf("from %q to %q: want two versions", p.From, p.To)
	case !slices.Contains([]Phase{Progressing, Paused, WaitingGate, Holding, Reverting, Baking, Succeeded, Reverted, Aborted}, s.Phase):
		return fmt.Errorf("phase %q: want one that can be kept", s.Phase)
	case !p.Guard && last < 0:
		return fmt.Errorf("no steps")
	case s.Step < 0 || s.Step > max(last, 0):
		return fmt.Errorf("step %d: want 0 to %d", s.Step, max(last, 0))
	case !percentage(s.Percent) || !percentage(s.StartPercent):
		return fmt.Errorf("percent %v, at the start %v: want 0 to 100", s.Percent, s.StartPercent)
	case !slices.Contains([]string{"", pauseOperator, pausePlan}, s.Pause):
		return fmt.Errorf("pause by %q", s.Pause)
	case !slices.Contains([]string{"", preparation, gates, approval, cleared, writeHold}, s.Ahead),
		(s.Ahead == preparation || s.Ahead == approval) && p.BlueGreen == nil,
		s.Ahead == gates && s.Asked == Asked{} && !p.ledBy(), s.Ahead == writeHold && p.WriteHold == nil:
		return fmt.Errorf("%q ahead, and %q asked", s.Ahead, s.Asked.Point)
	case s.Asked != Asked{} && !slices.Contains([]string{BeforeStart, BeforeStep, BeforeSwitch, AfterSwitch, BeforeFinish}, s.Asked.Point):
		return fmt.Errorf("asked at %q", s.Asked.Point)
	case s.Writes != "" && s.Writes != WritesSwitched:
		return fmt.Errorf("writes %q", s.Writes)
	case !slices.Contains(causes, s.Hold.Cause):
		return fmt.Errorf("hold because of %q", s.Hold.Cause)
	case !(p.Rules.Alpha >= 0 && p.Rules.Alpha < 1) || !finite(p.Rules.MaxErrorRate, p.Rules.Tolerate):
		return fmt.Errorf("rules %+v: out of range", p.Rules)
	case len(e.Without) > maxWithout:
		return fmt.Errorf("evidence of %d endpoints: want at most %d", len(e.Without), maxWithout)
	case s.Roll.problem(&s.Plan) != "":
		return fmt.Errorf("roll: %s", s.Roll.problem(&s.Plan))
	case s.Phase == Reverting && (s.Percent == 0 && s.Roll.settled() || s.Outcome != Reverted && s.Outcome != Aborted):
		return fmt.Errorf("reverting at %v %% to %q", s.Percent, s.Outcome)
	case s.Phase != Reverting && !s.Phase.Ended() && s.Phase != s.phase():
		return fmt.Errorf("phase %s: does not agree with the rest, which is %s", s.Phase, s.phase())
	}
	above := 0.0
	for i, step := range p.Steps {
		if step.Percent == 0 && above == 0 && step.Mirror > 0 && step.Mirror <= 100 {
			continue
		}
		if step.Percent == 0 && above == 0 && step.Segment != "" && p.Flag != "" {
			continue
		}
		if !percentage(step.Percent) || step.Percent <= above || step.Mirror != 0 || step.Segment != "" {
			return fmt.Errorf("step %d at %v %%: want more than %v, at most 100", i+1, step.Percent, above)
		}
		above = step.Percent
	}
	return nil
}

func percentage(p float64) bool { return p >= 0 && p <= 100 }

func finite(numbers ...float64) bool {
	return !slices.ContainsFunc(numbers, func(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) })
}
