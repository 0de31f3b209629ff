package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/balancer"
	"weir/config"
)

// EndpointPatch is a change of one endpoint. Nil fields stay as they are; at
// least one must be set.
type EndpointPatch struct {
	State   *string // up, drain or down
	Weight  *int    // 1 to 1000
	Version string  // needed only when several versions have the address
}

// maxEndpointWeight is the largest weight of an endpoint, as in the file.
const maxEndpointWeight = 1000

// SetEndpoint changes one endpoint. It is kept across reloads and restarts and
// is not a revision. An endpoint that drains takes nothing new; what it has in
// flight is bounded by the drain time.
func (c *Control) SetEndpoint(ctx context.Context, name, address string, p EndpointPatch, m Meta) (UpstreamView, error) {
	var of *version
	return c.change(ctx, name, m, func(u *upstream) (next *upstream, err error) {
		if of, err = u.versionOf(address, p.Version); err != nil {
			return nil, err
		}
		return u.withEndpoint(of, address, p, m)
	}, func(u *upstream) { c.announceEndpoint(u, of.name, address, p, m) })
}

// announceEndpoint logs and sends what an operator set.
func (c *Control) announceEndpoint(u *upstream, version, address string, p EndpointPatch, m Meta) {
	ev := Event{Kind: EventEndpoint, Upstream: u.name(), Version: version, Address: address, Revision: u.record.Revision, Reason: m.Reason}
	log := c.opts.Log.Info().Str(keyUpstream, u.name()).Str(keyVersion, version).Str(keyEndpoint, address)
	if p.State != nil {
		ev.State = *p.State
		log = log.Str(keyTo, *p.State)
	}
	if p.Weight != nil {
		log = log.Int(keyWeight, *p.Weight)
	}
	log.Str(keyAuthor, m.Author).Str(keyReason, m.Reason).Msg("endpoint set")
	c.emit(ev)
}

// versionOf finds the version that the address is of; named is "" when the
// caller did not say.
func (u *upstream) versionOf(address, named string) (*version, error) {
	if named != "" {
		v := u.version(named)
		if v == nil {
			return nil, u.noVersion(named)
		}
		if there := v.addresses(); !slices.Contains(there, address) {
			return nil, noSuch("upstream "+u.name()+": version "+named+": ", "endpoint", address, there)
		}
		return v, nil
	}
	var having, there []string
	for _, v := range u.versions {
		of := v.addresses()
		if slices.Contains(of, address) {
			having = append(having, v.name)
		}
		there = append(there, of...)
	}
	switch len(having) {
	case 0:
		return nil, noSuch("upstream "+u.name()+": ", "endpoint", address, there)
	case 1:
		return u.version(having[0]), nil
	}
	return nil, refuse(Invalid, "upstream %s: versions %s have an endpoint %s: say which version", u.name(), strings.Join(having, ", "), address)
}

func (v *version) addresses() []string {
	out := make([]string, len(v.endpoints))
	for i := range v.endpoints {
		out[i] = v.endpoints[i].address
	}
	return out
}

// withEndpoint returns the upstream with another setting of one endpoint, itself
// if it has that setting already.
func (u *upstream) withEndpoint(v *version, address string, p EndpointPatch, m Meta) (*upstream, error) {
	had := u.record.Endpoints[v.name][address]
	if p.State != nil && *p.State == balancer.Up.String() && had.Rolling != "" {
		if run := u.record.running(); run != nil && run.Roll != nil {
			return nil, refuse(Conflict, "upstream %s: endpoint %s of %s is %s by rollout %s, which brings it up when it is its turn", u.name(), address, v.name, had.Rolling, run.ID)
		}
		had.Rolling = ""
	}
	o, err := had.with(p, fileState(u.config, u.live.known())(v.name, address))
	if err != nil {
		return nil, refuse(Invalid, "upstream %s: endpoint %s: %v", u.name(), address, err)
	}
	if o.State != had.State && o.State != "" {
		o.At, o.Author, o.Reason = time.Now().UTC().Round(0), m.Author, m.Reason
	}
	if o == u.record.Endpoints[v.name][address] {
		return u, nil
	}
	r := u.record.withOverride(v.name, address, o)
	return u.rejoin(u.config, r, u.trips)
}

// with is the setting after a change; the error says what is wrong with that. file is
// the state that the file asks for.
func (o override) with(p EndpointPatch, file string) (override, error) {
	if p.State == nil && p.Weight == nil {
		return o, errors.New("nothing to change: want state, weight or both")
	}
	if p.State != nil {
		state, ok := balancer.ParseAdminState(*p.State)
		if !ok {
			return o, fmt.Errorf("state %s: want up, drain or down", config.Show(*p.State))
		}
		if o.State, o.File = state.String(), file; file == "up" {
			o.File = "" // as settings kept by an older Weir have it
		}
		o = o.under(file)
	}
	if p.Weight != nil {
		if *p.Weight < 1 || *p.Weight > maxEndpointWeight {
			return o, fmt.Errorf("weight %d: want 1 to %d", *p.Weight, maxEndpointWeight)
		}
		o.Weight = *p.Weight
	}
	return o, nil
}

// settle sets on the endpoints' words what operators and the file ask for. An
// endpoint that is taken out closes what is idle and bounds what is not; one that
// drains goes on where clients are bound to it. was is the upstream before.
func (u *upstream) settle(was *upstream) {
	anew := (u.config.Affinity == nil) != (was.config.Affinity == nil) // what to drain means
	for _, v := range u.versions {
		flipped := false
		for i := range v.endpoints {
			e := &v.endpoints[i]
			moved, back := e.set()
			flipped = flipped || moved || back
			if !moved && !(anew && e.admin == balancer.Drain) {
				continue
			}
			if u.keepsOpen(e.admin) {
				e.live.proxy.Restore()
			} else {
				e.live.proxy.Retire(u.config.Timeouts.Drain)
			}
		}
		if flipped {
			v.group.Rebuild()
		}
	}
}

// bringUp lets endpoints serve that are to, before shares are in force that count on
// them. Those that are to serve no longer do until then.
func (w *world) bringUp(old *world) {
	w.ordered(func(u *upstream) {
		if old.upstreams[u.name()] == u {
			return
		}
		for _, v := range u.versions {
			flipped := false
			for i := range v.endpoints {
				if e := &v.endpoints[i]; e.admin == balancer.Up && e.live.live.Admin() != balancer.Up {
					e.set()
					e.live.proxy.Restore()
					flipped = true
				}
			}
			if flipped {
				v.group.Rebuild()
			}
		}
	})
}

// set tells the live endpoint what this generation asks of it. It reports whether its
// state is another by that, and whether it is back from an ejection.
func (e *endpoint) set() (moved, back bool) {
	e.live.live.SetIdle(e.fails.Timeout)
	back = e.live.fails.SetRule(e.fails)
	if moved = e.live.live.SetAdmin(e.admin); moved {
		e.live.asked.Store(time.Now().UnixNano())
	}
	return moved, back
}

// keepsOpen says whether an endpoint in that state gets requests: while it drains, only
// those of clients that are bound to it.
func (u *upstream) keepsOpen(s balancer.AdminState) bool {
	return s == balancer.Up || s == balancer.Drain && u.config.Affinity != nil
}
