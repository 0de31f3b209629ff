//go:build prove

package simulate_test

import (
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control"
)

// defaults are the plan and the rules of a file that says nothing of them.
func defaults() rollout.Plan {
	c, err := config.Parse("weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api: {stable: v1, versions: {v1: {endpoints: ["127.0.0.1:3001"]}, v2: {weight: 0, endpoints: ["127.0.0.1:3002"]}}}
routes: [{upstream: api}]
`))
	if err != nil {
		panic(err)
	}
	return control.FilePlan(&c.Upstreams[0], "v2")
}
