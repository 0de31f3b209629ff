package rollout

import "errors"

var (
	// ErrWrongPhase refuses a command that does not fit the rollout's phase; the
	// text says which and what would fit.
	ErrWrongPhase = errors.New("rollout: command does not fit")
	// ErrActive refuses a start while another rollout of the upstream runs.
	ErrActive = errors.New("rollout: another one is running")
	// ErrStale is returned by Host.Commit when Change.Base is not the current
	// revision: read Brief again and decide anew.
	ErrStale = errors.New("rollout: based on an older revision")
	// ErrStopped refuses a call to an engine whose Run has returned.
	ErrStopped = errors.New("rollout: engine stopped")
)
