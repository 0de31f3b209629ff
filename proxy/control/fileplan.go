package control

import (
	"weir/balancer/rollout"
	"weir/config"
)

// FilePlan is the rollout to a candidate that the file describes, for whoever
// wants to see it before anything is started. A file that Check refuses has none.
func FilePlan(cfg *config.Upstream, to string) rollout.Plan {
	return plan(cfg, cfg.Rollout.Strategy, cfg.Stable, to)
}
