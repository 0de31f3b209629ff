package demo

import "time"

// The two versions of the demo's one upstream.
const (
	upstreamName = "shop"
	stable       = "v1"
	candidate    = "v2"
)

// fault is how the candidate fails.
type fault struct {
	command string // to its backend
	is      string // what it does then
	first   string // what its log begins to count with
}

var (
	failing = fault{command: "bad", is: "turns bad: 500 to every request", first: "first bad answer"}
	hanging = fault{command: "hang", is: "hangs: it takes every request and answers none", first: "first request given up"}
)

// scenario is one story.
type scenario struct {
	story string
	steps string // the rollout's steps, as YAML
	bake  string

	// badAt is the candidate's percentage at which it begins to fail, badAfter
	// later; 0: never.
	badAt    float64
	badAfter time.Duration
	fault    fault

	outcome string // the state in which the rollout has to end
}

var scenarios = map[string]scenario{
	"bad-canary": {
		story:    "v2 ramps up, then answers 500 to everything; its health check stays green",
		steps:    "[{weight: 5%, hold: 2s}, {weight: 10%, hold: 6s}, {weight: 50%, hold: 5s}, {weight: 100%}]",
		bake:     "1m",
		badAt:    10,
		badAfter: 2 * time.Second,
		fault:    failing,
		outcome:  "reverted",
	},
	"hanging-canary": {
		story:    "v2 ramps up, then takes requests and never answers; its health check stays green",
		steps:    "[{weight: 5%, hold: 2s}, {weight: 10%, hold: 8s}, {weight: 50%, hold: 5s}, {weight: 100%}]",
		bake:     "1m",
		badAt:    10,
		badAfter: 2 * time.Second,
		fault:    hanging,
		outcome:  "reverted",
	},
	"good-canary": {
		story:   "v2 ramps up, is as good as v1 and takes over",
		steps:   "[{weight: 5%, hold: 2s}, {weight: 25%, hold: 3s}, {weight: 50%, hold: 3s}, {weight: 100%}]",
		bake:    "4s",
		outcome: "succeeded",
	},
}
