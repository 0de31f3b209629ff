package rollout_test

import (
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
	"weir/config"
)

// file is an upstream as a file has it that says nothing of how to judge: what
// holds for its rollouts are the defaults that users get.
var file = func() config.Rollout {
	c, err := config.Parse("weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api: {stable: v1, versions: {v1: {endpoints: ["127.0.0.1:3001"]}, v2: {weight: 0, endpoints: ["127.0.0.1:3002"]}}}
routes: [{upstream: api}]
`))
	if err != nil {
		panic(err)
	}
	return c.Upstreams[0].Rollout
}()

var defaults = rollout.Rules{
	MaxErrorRate: file.Revert.MaxErrorRate, Alpha: file.Revert.Alpha, Tolerate: file.Revert.Tolerate,
	MinFailures: file.Revert.MinFailures, UnusableFor: file.Revert.UnusableFor,
}

// filePlan is a rollout by the defaults; of steps there are none.
func filePlan() rollout.Plan {
	return rollout.Plan{
		Strategy: file.Strategy, From: "v1", To: "v2", Rules: defaults,
		MinRequests: uint64(file.MinRequests), Bake: file.Bake, KeepWarm: file.KeepWarm,
		Steps: []rollout.PlanStep{
			{Percent: 1, Hold: 20 * time.Second}, {Percent: 10, Hold: 20 * time.Second},
			{Percent: 25, Hold: 20 * time.Second}, {Percent: 100},
		},
	}
}

// defaultPlan is filePlan with a bake that is over sooner.
func defaultPlan() rollout.Plan {
	p := filePlan()
	p.Bake = time.Minute
	return p
}

// at is a plan that stays at one share.
func at(percent float64) rollout.Plan {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: percent, Pause: true}, {Percent: 100}}
	return p
}

// start is when the tests' rollouts begin, simulated or not.
var start = simulate.Start
