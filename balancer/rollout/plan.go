package rollout

import "time"

// Plan is what a rollout will do, as data. It does not change after New.
type Plan struct {
	// Strategy is canary, or manual for a guard.
	Strategy string `json:"strategy"`
	// From is the stable version, To the candidate.
	From string `json:"from"`
	To   string `json:"to"`
	// Steps are the shares to go through, growing. New appends a step of 100 %
	// when the last is below: a rollout ends with nothing on From.
	Steps []PlanStep `json:"steps,omitempty"`
	// MinRequests is how many first attempts of the candidate a step needs
	// before it may be left. 0: none.
	MinRequests uint64 `json:"min_requests"`
	// Bake is how long the candidate is judged at 100 % before it becomes
	// stable. 0: not at all.
	Bake time.Duration `json:"bake"`
	// KeepWarm is how long From is counted on as the way back after success: see
	// State.WarmUntil. As long as it is in the file it is checked and can take
	// everything at once; the control plane warns of what would end that early.
	KeepWarm time.Duration `json:"keep_warm"`
	Rules    Rules         `json:"rules"`
	// Guard marks the implicit rollout of a split that nobody started one for:
	// it has no steps, never advances or ends by itself and takes no command;
	// it only holds and reverts.
	Guard bool `json:"guard,omitempty"`
}

// PlanStep is one share of a plan and what leaving it needs.
type PlanStep struct {
	// Percent is the candidate's part of From's and To's weight together,
	// above 0, at most 100.
	Percent float64 `json:"percent"`
	// Hold is the least time in the step. 0: none.
	Hold time.Duration `json:"hold"`
	// Pause makes the step wait for Promote, whatever its hold.
	Pause bool `json:"pause,omitempty"`
}

// Rules say when a candidate is reverted. They are armed in every phase that
// has not ended, except reverting.
type Rules struct {
	// MaxErrorRate is the failed part of first attempts that a version may
	// have, 0 to 1. 0, or 1 and more: no absolute limit. Default 0.05.
	MaxErrorRate float64 `json:"max_error_rate"`
	// Alpha bounds the probability, per rollout, that a candidate which is not
	// worse is reverted as worse; above 0, below 1. Default 0.01.
	Alpha float64 `json:"alpha"`
	// Tolerate is the ratio of failure rates, candidate to stable, that is
	// still accepted, 1 or more. Default 1.25.
	Tolerate float64 `json:"tolerate"`
	// MinFailures is how many failed first attempts of the candidate a comparison
	// with stable needs. Default 3.
	MinFailures int `json:"min_failures"`
	// UnusableFor is how long a candidate may have no usable endpoint before it
	// is reverted. 0: at once. Default 5 s.
	UnusableFor time.Duration `json:"unusable_for"`
}
