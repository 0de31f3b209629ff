package control

import (
	"slices"

	"weir/balancer/rollout"
)

// tell asks the gates of on_revert, after a rollout has been taken back. Nothing
// waits for them.
func (a *asker) tell(s *rollout.State) { a.askAt(s, rollout.OnRevert, nil) }

// askAt asks a rollout that has ended the gates of a point. done, unless it is nil,
// hears the report.
func (a *asker) askAt(s *rollout.State, point string, done func(rollout.GateReport)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := rollout.Asked{Point: point, Round: a.round(s.ID, point)}
	gates := slices.DeleteFunc(slices.Clone(s.Plan.Gates), func(g rollout.PlanGate) bool { return g.At != point })
	if len(gates) == 0 {
		if done != nil {
			a.control.loops.Go(func() { done(rollout.GateReport{Of: q, Done: true}) })
		}
		return
	}
	if a.whose.lives() == nil {
		return
	}
	if n := a.begin(s, q, gates, done); point == rollout.AfterFinish { // at the other nobody approves
		a.after = n
	}
}

// round is the number of a question that is asked at a point of a rollout that has
// ended: what was answered with a no, or not at all, is asked anew, and what has been
// approved before a restart is not. a.mu is held.
func (a *asker) round(id, point string) int {
	round, again := 1, false
	for _, r := range a.results {
		if r.Rollout != id || r.Point != point || r.Round < round {
			continue
		}
		no := r.State == GateRejected || r.State == GateUnanswered
		again = no || again && r.Round == round
		round = r.Round
	}
	if again {
		round++
	}
	return round
}
