package control

import (
	"sync/atomic"

	"weir/balancer/rollout"
)

// endings counts how rollouts of an upstream have ended since the process started. The
// zero value is ready. Safe for concurrent use.
type endings struct{ succeeded, reverted, aborted atomic.Uint64 }

// count counts a state that is told, if it is an end.
func (e *endings) count(p rollout.Phase) {
	switch p {
	case rollout.Succeeded:
		e.succeeded.Add(1)
	case rollout.Reverted:
		e.reverted.Add(1)
	case rollout.Aborted:
		e.aborted.Add(1)
	}
}

// byState is how often each end came.
func (e *endings) byState() map[rollout.Phase]uint64 {
	return map[rollout.Phase]uint64{
		rollout.Succeeded: e.succeeded.Load(), rollout.Reverted: e.reverted.Load(), rollout.Aborted: e.aborted.Load(),
	}
}
