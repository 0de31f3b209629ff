package api

import "time"

// Rollout is a rollout that runs or the last that did, or a guard.
type Rollout struct {
	ID       string `json:"id"`
	Strategy string `json:"strategy"` // canary, blue_green or rolling; manual for a guard
	From     string `json:"from"`
	To       string `json:"to"`
	State    string `json:"state"` // one of the Rollout words
	// Group is the group that this is a rollout of; absent: of its upstream alone.
	Group string `json:"group,omitempty"`
	// Step counts from 1 to Steps; 0 for a guard, which has no steps, and before the first
	// batch of a rolling rollout, whose steps are its batches.
	Step  int `json:"step"`
	Steps int `json:"steps"`
	// Weight is the candidate's percentage of what from and to share, now.
	Weight float64 `json:"weight"`
	// Writes is the version that writes go to, whatever Weight is; absent when they go
	// as the weights do.
	Writes string `json:"writes,omitempty"`
	// Flag is the flag that it is a rollout of: To is one of its variants, and Weight the
	// percentage of users who were drawn for it. Absent of an upstream's.
	Flag string `json:"flag,omitempty"`
	// Segments are those who have To whole, whatever Weight is; absent when there are none.
	Segments []string `json:"segments,omitempty"`
	// Reason is a sentence with its numbers: why the state is what it is.
	Reason string `json:"reason"`
	// WaitsFor says what has to happen before it goes on; "" when nothing has to.
	WaitsFor string `json:"waits_for"`
	// Certified is true while the candidate is proven not to be worse, as certify in
	// the configuration has it, whether or not a step waits for that.
	Certified bool `json:"certified"`
	// Evidence is what there is against the candidate now; absent in the history, where
	// the report has its numbers.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Endpoints are those that a rolling rollout replaces, and brings in, with how far
	// each is; absent in any other.
	Endpoints []RolledEndpoint `json:"endpoints,omitempty"`
	// Failures are the trace ids of the candidate's first failed attempts since its
	// present trouble began: at most three, of requests that are in a trace.
	Failures []string `json:"failures"`
	// Gates are how the plan's gates have answered, without links; only of GET
	// .../rollout, and absent where the plan has none.
	Gates     []Gate     `json:"gates,omitempty"`
	Mirror    *Mirror    `json:"mirror,omitempty"` // what copies have shown; absent when there was none
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at"` // null while it runs
	// Duration is from its start to its end, in seconds; absent while it runs.
	Duration *float64 `json:"duration_seconds,omitempty"`
	Report   *Report  `json:"report"` // null while it runs
	// WarmUntil is how long the version before is counted on as the way back; null
	// unless the rollout has succeeded and keep_warm is not 0.
	WarmUntil *time.Time `json:"warm_until"`
}

// Evidence is e-values: that something is so, by what was seen since the rollout began.
// 1 is nothing, below 1 speaks against it.
type Evidence struct {
	Errors  float64 `json:"errors"`  // that the candidate fails more than stable, by what is tolerated
	Latency float64 `json:"latency"` // that it is slower, by what is tolerated
	// Combined is what decides, of both. Until the candidate has failed MinFailures times
	// its failures can only speak for it there.
	Combined float64 `json:"combined"`
	// Limit: that it fails more than max_error_rate allows.
	Limit float64 `json:"limit"`
	// Threshold is 1/Alpha: a Combined as high reverts, unless it is half as high without
	// any one endpoint; a Limit as high holds, and reverts if stable is better.
	Threshold   float64  `json:"threshold"`
	Alpha       float64  `json:"alpha"`
	MinFailures int      `json:"min_failures"`
	Candidate   Attempts `json:"candidate"` // first attempts since the rollout began
	Stable      Attempts `json:"stable"`
}

// RolledEndpoint is an endpoint that takes part in a rolling rollout.
type RolledEndpoint struct {
	Version string `json:"version"`
	Address string `json:"address"`
	Stage   string `json:"stage"` // out, starting, up, draining or stopping
	// Batch is the one that replaces it or brings it in, from 1; 0: its turn has not come.
	Batch int `json:"batch"`
}

// States of a rollout.
const (
	RolloutProgressing = "progressing"
	RolloutPaused      = "paused"
	RolloutWaitingGate = "waiting_gate"
	RolloutHolding     = "holding"
	RolloutReverting   = "reverting"
	RolloutBaking      = "baking"
	RolloutSucceeded   = "succeeded"
	RolloutReverted    = "reverted"
	RolloutAborted     = "aborted"
)

// RolloutStates lists every state that this version can show, in the order in
// which they usually come.
var RolloutStates = []string{
	RolloutProgressing, RolloutPaused, RolloutWaitingGate, RolloutHolding, RolloutBaking,
	RolloutReverting, RolloutSucceeded, RolloutReverted, RolloutAborted,
}

// Ended reports whether the rollout has reached a state it will not leave.
func (r *Rollout) Ended() bool {
	switch r.State {
	case RolloutSucceeded, RolloutReverted, RolloutAborted:
		return true
	}
	return false
}

// Report says what a rollout cost the users of its upstream while it ran.
type Report struct {
	Requests       uint64  `json:"requests"`        // by users
	UserErrors     uint64  `json:"user_errors"`     // after retries
	Availability   float64 `json:"availability"`    // percent of requests without error; 100 without requests
	FailedAttempts uint64  `json:"failed_attempts"` // including those that a retry hid
	// SecondsToZero is from the candidate's first failure to its weight 0; null
	// when nothing was reverted.
	SecondsToZero *float64 `json:"seconds_to_zero"`
	// Numbers are what the verdict went by; absent where they are not known.
	Numbers *Numbers `json:"numbers,omitempty"`
}

// Numbers are what the verdict about a candidate went by, at the end.
type Numbers struct {
	Candidate Attempts `json:"candidate"`
	Stable    Attempts `json:"stable"`
	// Ratio is the estimated ratio of the failure rates, candidate to stable, with the
	// interval that holds at Alpha; null where nothing failed, or there is no end.
	Ratio *float64 `json:"ratio"`
	From  *float64 `json:"from"`
	To    *float64 `json:"to"`
	Alpha float64  `json:"alpha"`
	// Errors, Latency and Worse are e-values that the candidate is worse, by its
	// failures, its latency, and both: 1/Alpha decides.
	Errors    float64 `json:"e_errors"`
	Latency   float64 `json:"e_latency"`
	Worse     float64 `json:"e_worse"`
	Certified bool    `json:"certified"` // proven not to be worse
}

// Attempts counts a version's first attempts since a rollout began.
type Attempts struct {
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
}

// History answers GET /v1/upstreams/{u}/history, newest first.
type History struct {
	Revisions []Revision `json:"revisions"`
	// Next is the before of the next page; absent when there is none.
	Next uint64 `json:"next,omitempty"`
}

// Revision is one change of an upstream's split.
type Revision struct {
	Revision uint64           `json:"revision"`
	At       time.Time        `json:"at"`
	Author   string           `json:"author"`         // who asked; empty when nobody did
	From     string           `json:"from,omitempty"` // where he asked from: an address, or unix
	Source   string           `json:"source"`         // one of the Source words
	Reason   string           `json:"reason"`
	Split    map[string]Share `json:"split"`
	Stable   string           `json:"stable"`
	// Rollout is the rollout (or guard) that made this revision, as it was then;
	// null when none did. Its last revision carries the report.
	Rollout *Rollout `json:"rollout"`
	// Gates are the answers of the rollout's gates until then; of its last revision, all.
	Gates []Gate `json:"gates,omitempty"`
	// Lasted is how long it was the present revision, in seconds; null: it is, or the
	// next one is kept no longer.
	Lasted *float64 `json:"lasted_seconds"`
	// NoReturn says that earlier revisions are not gone back to; absent unless the
	// contract of the rollout has passed.
	NoReturn *NoReturn `json:"no_return,omitempty"`
}

// NoReturn is where a release became irreversible.
type NoReturn struct {
	At    time.Time `json:"at"`
	Gates []string  `json:"gates"` // of after_finish, that have passed
}

// Where a revision came from.
const (
	SourceFile    = "file"
	SourceAPI     = "api"
	SourceRollout = "rollout"
	SourceGuard   = "guard"
	SourceUndo    = "undo"
)
