package demo

import "time"

// The two versions of the demo's one upstream.
const (
	upstreamName = "shop"
	stable       = "v1"
	candidate    = "v2"
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

	outcome string // the state in which the rollout has to end
}

var scenarios = map[string]scenario{
	"bad-canary": {
		story:    "v2 ramps up, then answers 500 to everything; its health check stays green",
		steps:    "[{weight: 5%, hold: 2s}, {weight: 10%, hold: 6s}, {weight: 50%, hold: 5s}, {weight: 100%}]",
		bake:     "1m",
		badAt:    10,
		badAfter: 2 * time.Second,
		outcome:  "reverted",
	},
	"good-canary": {
		story:   "v2 ramps up, is as good as v1 and takes over",
		steps:   "[{weight: 5%, hold: 2s}, {weight: 25%, hold: 3s}, {weight: 50%, hold: 3s}, {weight: 100%}]",
		bake:    "4s",
		outcome: "succeeded",
	},
}
