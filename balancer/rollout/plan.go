package rollout

import "time"

// Plan is what a rollout will do, as data. It does not change after New.
type Plan struct {
	// Strategy is canary or blue_green, or manual for a guard.
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
	// OnUndecided is what happens at the MaxHold of a step that waits for a
	// certificate: hold, advance or revert. "": hold.
	OnUndecided string `json:"on_undecided,omitempty"`
	// Stepped makes a revert leave the candidate what stable cannot take, as long as
	// the candidate still serves.
	Stepped bool `json:"stepped,omitempty"`
	// Certify is what a certificate says and how sure it is.
	Certify Certify `json:"certify,omitzero"`
	// BlueGreen is how a blue_green rollout comes to its one switch; nil for every
	// other strategy.
	BlueGreen *BlueGreen `json:"blue_green,omitempty"`
	// Gates are asked at their points, those of a point in this order.
	Gates []PlanGate `json:"gates,omitempty"`
	// Rolling is how a rolling rollout replaces endpoints; nil for every other
	// strategy.
	Rolling *Rolling `json:"rolling,omitempty"`
	// WriteHold holds writes over the move that switches them; nil: they are not held.
	WriteHold *WriteHold `json:"write_hold,omitempty"`
	// PinWrites makes weights move reads only: writes stay on From until a step
	// switches them. See State.Writes.
	PinWrites bool `json:"pin_writes,omitempty"`
	// Group are the upstreams that move together with this one, itself included.
	// Empty: it moves alone.
	Group []string `json:"group,omitempty"`
	// GroupName is what the file calls the group; "" without one.
	GroupName string `json:"group_name,omitempty"`
	// Leader is the upstream of Group that moves this rollout, its first; "" for that
	// one itself, and for a rollout that moves alone.
	Leader string `json:"leader,omitempty"`
	// Flag is the key of the flag that this ramps: To is one of its variants, and From
	// names what everybody else gets. "": the versions are those of an upstream.
	Flag string `json:"flag,omitempty"`
	// Guard marks the implicit rollout of a split that nobody started one for:
	// it has no steps, never advances or ends by itself and takes no command;
	// it only holds and reverts.
	Guard bool `json:"guard,omitempty"`
}

// PlanStep is one share of a plan and what leaving it needs.
type PlanStep struct {
	// Percent is the candidate's part of From's and To's weight together,
	// above 0, at most 100; 0 in a step that mirrors or is for a segment.
	Percent float64 `json:"percent"`
	// Hold is the least time in the step. 0: none.
	Hold time.Duration `json:"hold"`
	// Pause makes the step wait for Promote, whatever its hold.
	Pause bool `json:"pause,omitempty"`
	// Certified makes the step wait until the candidate is certified.
	Certified bool `json:"certified,omitempty"`
	// MaxHold is when waiting for that ends and OnUndecided decides. 0: never.
	MaxHold time.Duration `json:"max_hold,omitempty"`
	// Mirror is the percentage of safe requests that are copied to the candidate in
	// this step, which gives it no share of its own. 0: none.
	Mirror float64 `json:"mirror,omitempty"`
	// MaxMismatch is the part of the answers in such a step that may differ from
	// stable's, 0 to 1. 0: any.
	MaxMismatch float64 `json:"max_mismatch,omitempty"`
	// Segment names those who get To from this step on, in the ramp of a flag: all of
	// them, and as long as the step says no share, nobody else but those of the segments
	// before. "": the step has a share.
	Segment string `json:"segment,omitempty"`
	// SwitchWrites makes this the step from which on writes go to To, under PinWrites.
	// Without one it is the step of 100 %.
	SwitchWrites bool `json:"switch_writes,omitempty"`
}

// Certify is what it takes to call a candidate not worse: that it fails less
// than MaxRatio times as often as stable, or less than MaxErrorRate of the time.
// Either is proven at Alpha.
type Certify struct {
	// MaxRatio is the ratio of failure rates that is excluded, above 1. Default 2.
	MaxRatio float64 `json:"max_ratio"`
	// MaxErrorRate is the failed part that is excluded, 0 to 1; for services that
	// fail too seldom for a ratio. Default 0.01.
	MaxErrorRate float64 `json:"max_error_rate"`
	// Alpha bounds the probability that a candidate which is that bad is certified,
	// above 0, below 1. Default 0.05.
	Alpha float64 `json:"alpha"`
}

// BlueGreen is what comes before the switch of a blue_green rollout.
type BlueGreen struct {
	// Approval makes the switch wait for Promote, in waiting_gate.
	Approval bool `json:"approval,omitempty"`
	// AutoPromote makes it wait there, too, for so long at most. 0: no timer.
	AutoPromote time.Duration `json:"auto_promote,omitempty"`
	// ProgressDeadline is how long preparing the candidate may take before the
	// rollout is aborted. 0: for ever.
	ProgressDeadline time.Duration `json:"progress_deadline,omitempty"`
}

// waits reports that a candidate which is ready is not switched to at once.
func (b *BlueGreen) waits() bool { return b.Approval || b.AutoPromote > 0 }

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
	// ClientErrors holds a candidate that answers with a 4xx more than Tolerate
	// times as often as stable. Default true.
	ClientErrors bool `json:"client_errors,omitempty"`
	// SampleRatio holds when requests did not go to the versions as the split says:
	// then a comparison of them is worth nothing. Default true.
	SampleRatio bool `json:"sample_ratio,omitempty"`
	// Latency makes it part of *worse* that the candidate is slower than stable, by
	// more than Tolerate times. Default true.
	Latency bool `json:"latency,omitempty"`
	// WarmUp is how long the candidate has to have had answers before its latency
	// counts. 0: from the first. Default 30 s.
	WarmUp time.Duration `json:"warm_up,omitempty"`
	// PlainErrors and PlainLatency revert by an estimate over a window, without any
	// bound on false alarms. Their zero values do not.
	PlainErrors  PlainErrors  `json:"plain_errors,omitzero"`
	PlainLatency PlainLatency `json:"plain_latency,omitzero"`
}
