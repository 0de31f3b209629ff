package rollout

import "time"

// Abandoned is the rollout ended from outside, because what it was about is gone:
// nothing moves, and its candidate has nothing.
func (s State) Abandoned(reason string, now time.Time) State {
	s.stop()
	s.Phase, s.Percent, s.EndedAt, s.Reason = Aborted, 0, now, reason
	s.report()
	return s
}
