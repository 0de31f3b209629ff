package control

import (
	"fmt"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

// rollingPlan is what the file says of rolling rollouts. Who takes part is for the start
// of one: see planRolling.
func rollingPlan(r *config.Rolling) *rollout.Rolling {
	return &rollout.Rolling{
		MinReady: r.MinReady, ProgressDeadline: r.ProgressDeadline,
		Starts: r.Start != nil, Stops: r.Stop != nil,
	}
}

// planRolling says who takes part in the plan, if it is of a rolling rollout: every
// endpoint that serves, or would, if only no such rollout kept it from that. It refuses
// what could not be done.
func (u *upstream) planRolling(p *rollout.Plan) error {
	r := p.Rolling
	if r == nil {
		return nil
	}
	from, to, file := u.version(p.From), u.version(p.To), &u.config.Rollout.Rolling
	refused := func(format string, args ...any) error {
		return refuse(Conflict, "upstream %s: strategy %s: %s", u.name(), rolling, fmt.Sprintf(format, args...))
	}
	if u.record.Split.Weights[p.To] > 0 {
		return refused("%s has weight %v already: want 0, its endpoints come in one by one", p.To, u.record.Split.Weights[p.To])
	}
	for _, v := range []*version{from, to} {
		if cfg := u.configured(v.name); resolves(cfg) {
			return refused("endpoints of %s are looked up by DNS: want addresses that stay", v.name)
		}
	}
	r.From = from.takes(func(e *endpoint) bool { return e.admin == balancer.Up })
	r.To = to.takes(func(e *endpoint) bool { return e.apart == balancer.Up }) // one that a rollout has stopped is started again
	for i := range from.endpoints {
		if e := &from.endpoints[i]; !e.backup && e.live.live.Usable() {
			r.Desired++
		}
	}
	amounts(r, file, r.Desired)
	switch shared := shared(r.From, r.To); {
	case len(r.To) == 0:
		return refused("%s has no endpoint to bring in: want one of %s up", p.To, to.states())
	case r.Desired == 0:
		return refused("%s has no usable endpoint: want one of %s up, or another strategy", p.From, from.states())
	case len(r.To) < r.Desired-r.MaxUnavailable:
		return refused("%s has %d endpoints to bring in, %s has %d usable, and max_unavailable is %d: want %d or more", p.To, len(r.To), p.From, r.Desired, r.MaxUnavailable, r.Desired-r.MaxUnavailable)
	case len(shared) > 0 && u.config.InPlace() != "":
		return refused("%s of %s has the address of an endpoint of %s: to restart it in place want %s", shared[0], p.To, p.From, u.config.InPlace())
	}
	return nil
}

// amounts are the file's for so many endpoints.
func amounts(r *rollout.Rolling, file *config.Rolling, desired int) {
	r.Desired = desired
	r.MaxSurge, r.MaxUnavailable = file.MaxSurge.Up(desired), file.MaxUnavailable.Down(desired)
	if r.MaxSurge == 0 && r.MaxUnavailable == 0 {
		r.MaxUnavailable = 1 // a part of a few that is less than one
	}
}

// declared are the addresses that the file has of a version and wants to be up.
func declared(cfg *config.Upstream, version string) (out []string) {
	for i := range cfg.Versions {
		v := &cfg.Versions[i]
		if v.Name != version {
			continue
		}
		for _, e := range v.Endpoints {
			if !e.Backup && (e.State == "" || e.State == balancer.Up.String()) {
				out = append(out, e.Address)
			}
		}
	}
	return out
}

// configured is the file's version of that name.
func (u *upstream) configured(name string) *config.Version {
	for i := range u.config.Versions {
		if u.config.Versions[i].Name == name {
			return &u.config.Versions[i]
		}
	}
	return nil
}

// takes are the addresses of a version's endpoints, backups excluded, that may
// take part: neither the file nor an operator has taken them out.
func (v *version) takes(part func(*endpoint) bool) []string {
	var out []string
	for i := range v.endpoints {
		if e := &v.endpoints[i]; !e.backup && part(e) {
			out = append(out, e.address)
		}
	}
	return out
}

func shared(a, b []string) (out []string) {
	had := make(map[string]bool, len(a))
	for _, s := range a {
		had[s] = true
	}
	for _, s := range b {
		if had[s] {
			out = append(out, s)
		}
	}
	return out
}

// see fills what a rolling rollout sees of the versions it is between.
func (h *rollHooks) see(o *rollout.RollingView, from, to *version) {
	o.From, o.To = h.endpoints(from), h.endpoints(to)
}

func (h *rollHooks) endpoints(v *version) []rollout.RollingEndpoint {
	out := make([]rollout.RollingEndpoint, len(v.endpoints))
	for i := range v.endpoints {
		e := &v.endpoints[i]
		l := e.live.live
		out[i] = rollout.RollingEndpoint{
			Address: e.address, Weight: e.weight, Inflight: l.Inflight(),
			Usable: e.apart == balancer.Up && l.Check() == balancer.CheckUp && !l.Ejected(),
			Hook:   h.report(v.name, e.address),
		}
		if !out[i].Usable {
			out[i].Why = "health " + l.Health()
			if e.apart != balancer.Up {
				out[i].Why = e.apart.String() + " by an operator or the file"
			}
		}
	}
	return out
}
