package control

import (
	"fmt"
	"maps"

	"weir/balancer"
	"weir/balancer/rollout"
)

// layered returns the record with what a rolling rollout asks of its endpoints in that
// state. Any other rollout asks nothing of any.
func (r *record) layered(s *rollout.State) *record {
	if s.Roll == nil {
		return r
	}
	next := r
	for version, members := range map[string][]rollout.Member{s.Plan.From: s.Roll.From, s.Plan.To: s.Roll.To} {
		of := maps.Clone(next.Endpoints[version])
		if of == nil {
			of = map[string]override{}
		}
		changed := false
		for i := range members {
			m := &members[i]
			had := of[m.Address]
			o := had
			o.Rolling = layer(s, m)
			if m.Starts > 0 {
				o.Born = fmt.Sprintf("%s#%d", s.ID, m.Starts)
			}
			if o == had {
				continue
			}
			if changed = true; o == (override{}) {
				delete(of, m.Address)
			} else {
				of[m.Address] = o
			}
		}
		if changed {
			next = next.withVersion(version, of)
		}
	}
	return next
}

// layer is what the rollout asks of a member: nothing of one that is to serve. What is
// left of it after its end is that nothing goes to what it has stopped and not started
// again.
func layer(s *rollout.State, m *rollout.Member) string {
	switch {
	case !s.Phase.Ended() && m.Stage == rollout.StageDraining:
		return balancer.Drain.String()
	case m.Stage == rollout.StageUp, s.Phase.Ended() && m.Stage == rollout.StageOut && !m.Stopped:
		return ""
	}
	return balancer.Down.String()
}

// withVersion returns the record with other settings of a version's endpoints.
func (r *record) withVersion(version string, of map[string]override) *record {
	next := *r
	next.Endpoints = maps.Clone(r.Endpoints)
	if next.Endpoints == nil {
		next.Endpoints = map[string]map[string]override{}
	}
	if next.Endpoints[version] = of; len(of) == 0 {
		delete(next.Endpoints, version)
	}
	return &next
}

// sameEndpoints reports whether o has the same settings of all endpoints.
func (r *record) sameEndpoints(o *record) bool {
	return maps.EqualFunc(r.Endpoints, o.Endpoints, maps.Equal)
}

// born is the start that the version's endpoint at the address has lived since.
func (v *version) born(address string) string {
	for i := range v.endpoints {
		if v.endpoints[i].address == address {
			return v.endpoints[i].born
		}
	}
	return ""
}

// renewed reports that an endpoint of next has not been there in this generation, though
// its address may have been.
func (w *world) renewed(next *world) bool {
	for name, u := range next.upstreams {
		was := w.upstreams[name]
		if was == nil || was == u || was.sameEndpoints(u) || was.record.sameEndpoints(u.record) {
			continue
		}
		for _, v := range u.versions {
			before := was.version(v.name)
			for i := range v.endpoints {
				if before != nil && before.born(v.endpoints[i].address) != v.endpoints[i].born {
					return true
				}
			}
		}
	}
	return false
}
