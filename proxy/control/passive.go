package control

import (
	"weir/balancer"
	"weir/config"
)

// countsFails reports whether endpoints go out and come back as in NGINX.
func (u *upstream) countsFails() bool { return u.config.Health.Passive.Mode == config.PassiveNginx }

// failRule is what takes an endpoint out in passive mode nginx. As
// there, one that is alone stays in, whatever it fails: nothing is better than it.
func failRule(e *config.Endpoint, alone bool, mode string) balancer.FailRule {
	if mode != config.PassiveNginx || alone {
		return balancer.FailRule{}
	}
	return balancer.FailRule{Max: e.MaxFails, Timeout: e.FailTimeout, Slow: e.SlowStart > 0}
}

// inService is how many endpoints are not down where requests may go.
func (u *upstream) inService() int {
	n := 0
	for _, v := range u.versions {
		if !u.serving(v.name) {
			continue
		}
		for i := range v.endpoints {
			if v.endpoints[i].admin == balancer.Up {
				n++
			}
		}
	}
	return n
}
