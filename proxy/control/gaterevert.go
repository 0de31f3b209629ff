package control

import (
	"slices"

	"weir/balancer/rollout"
)

// tell asks the gates of on_revert, after a rollout has been taken back. Nothing
// waits for them.
func (a *asker) tell(s *rollout.State) { a.askAt(s, rollout.OnRevert, nil) }

// askAt asks a rollout that has ended the gates of a point. done, unless it is nil,
// hears the report; of none, at once.
func (a *asker) askAt(s *rollout.State, point string, done func(rollout.GateReport)) {
	q := rollout.Asked{Point: point, Round: 1}
	gates := slices.DeleteFunc(slices.Clone(s.Plan.Gates), func(g rollout.PlanGate) bool { return g.At != point })
	if len(gates) == 0 {
		if done != nil {
			done(rollout.GateReport{Of: q, Done: true})
		}
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.host.live.ctx == nil {
		return
	}
	a.after = a.begin(s, q, gates, done)
}
