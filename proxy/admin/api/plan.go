package api

// Plan answers GET /v1/upstreams/{u}/rollout/plan and /v1/flags/{f}/rollout/plan: what the running rollout, or
// one that would start now, is to be expected to do with the traffic of now.
// Times are in seconds.
type Plan struct {
	Strategy string `json:"strategy"`
	From     string `json:"from"`
	To       string `json:"to"`
	// RequestsPerSecond are first attempts on from and to, in the last ten
	// seconds. 0: there is no traffic, and nothing can be said of times.
	RequestsPerSecond float64 `json:"requests_per_second"`
	// ErrorRate is the part of from's first attempts that fails, 0 to 1; its source
	// is the last ten seconds (window), all since the process started (process), or
	// how seldom it may fail that has not yet (assumed).
	ErrorRate       float64    `json:"error_rate"`
	ErrorRateSource string     `json:"error_rate_source"`
	Steps           []PlanStep `json:"steps"`
	Bake            float64    `json:"bake_seconds"`
	// Least is how long the whole takes at least, without pauses, certificates and
	// approvals; null without traffic.
	Least *float64 `json:"least_seconds"`
	// Gates are all that the plan asks, in its order; absent without any. Those that are
	// asked before a step are part of its Ahead.
	Gates []PlanGate `json:"gates,omitempty"`
}

// PlanGate is a question of a Plan, and the point at which it is asked.
type PlanGate struct {
	Name string `json:"name"`
	At   string `json:"at"`
}

// PlanStep is one share of a Plan.
type PlanStep struct {
	Weight float64 `json:"weight"` // percent of what from and to share; 0: of a segment or a copy
	// Segment is who gets the variant of a flag, all of them; absent in other steps.
	Segment string `json:"segment,omitempty"`
	// Mirror is the percentage of safe requests that are copied to the candidate, whose
	// Weight is 0 then; absent in other steps.
	Mirror float64 `json:"mirror,omitempty"`
	// Writes says that writes go to the candidate from this step on, where they are
	// pinned; absent in other steps.
	Writes    bool     `json:"writes,omitempty"`
	Hold      float64  `json:"hold_seconds"`
	Pause     bool     `json:"pause"`
	Certified bool     `json:"certified"`        // waits until the candidate is certified
	MaxHold   float64  `json:"max_hold_seconds"` // 0: none
	Least     *float64 `json:"least_seconds"`    // hold and min_requests; null without traffic
	Requests  float64  `json:"requests"`         // of the candidate, to be expected in that time
	Seen      Seen     `json:"seen"`
	// Ahead is what it waits for before it begins, besides the step before it: gates by
	// their names, preparation, approval and write_hold.
	Ahead []string `json:"ahead,omitempty"`
}

// Seen is after how many seconds in a step a bad candidate would be reverted, on
// average; null: never, at that share.
type Seen struct {
	Double  *float64 `json:"2x"` // fails twice as often as from
	Five    *float64 `json:"5x"`
	Ten     *float64 `json:"10x"`
	Dead    *float64 `json:"dead"`    // fails always
	Hanging *float64 `json:"hanging"` // never answers
}
