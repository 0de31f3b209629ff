package control

import (
	"context"
	"slices"
	"strings"

	"weir/balancer"
)

// EndpointPatch is a change of one endpoint. Nil fields stay as they are; at
// least one must be set.
type EndpointPatch struct {
	State   *balancer.AdminState
	Weight  *int   // 1 to 1000
	Version string // needed only when several versions have the address
}

// maxEndpointWeight is the largest weight of an endpoint, as in the file.
const maxEndpointWeight = 1000

// SetEndpoint changes one endpoint. It is kept across reloads and restarts and
// is not a revision. An endpoint that drains takes nothing new; what it has in
// flight is bounded by the drain time.
func (c *Control) SetEndpoint(ctx context.Context, name, address string, p EndpointPatch, m Meta) (uint64, error) {
	if p.State == nil && p.Weight == nil {
		return 0, refuse(Invalid, "endpoint %s: nothing to change: want state, weight or both", address)
	}
	if p.Weight != nil && (*p.Weight < 1 || *p.Weight > maxEndpointWeight) {
		return 0, refuse(Invalid, "endpoint %s: weight %d: want 1 to %d", address, *p.Weight, maxEndpointWeight)
	}
	version, changed := "", false
	revision, err := c.change(ctx, name, m, func(u *upstream) (*upstream, error) {
		v, err := u.versionOf(address, p.Version)
		if err != nil {
			return nil, err
		}
		next, err := u.withEndpoint(v, address, p)
		version, changed = v.name, next != u
		return next, err
	})
	if err != nil || !changed {
		return revision, err
	}
	ev := Event{Kind: EventEndpoint, Upstream: name, Version: version, Address: address, Revision: revision, Reason: m.Reason}
	log := c.opts.Log.Info().Str(keyUpstream, name).Str(keyVersion, version).Str(keyEndpoint, address)
	if p.State != nil {
		ev.State = p.State.String()
		log = log.Stringer(keyTo, *p.State)
	}
	if p.Weight != nil {
		log = log.Int(keyWeight, *p.Weight)
	}
	log.Str(keyAuthor, m.Author).Str(keyReason, m.Reason).Msg("endpoint set")
	c.emit(ev)
	return revision, nil
}

// versionOf finds the version that the address is of; named is "" when the
// caller did not say.
func (u *upstream) versionOf(address, named string) (*version, error) {
	var having []string
	for _, v := range u.versions {
		if slices.ContainsFunc(v.endpoints, func(e endpoint) bool { return e.address == address }) {
			having = append(having, v.name)
		}
	}
	switch {
	case named != "" && u.version(named) == nil:
		return nil, refuse(NotFound, "upstream %s: version %s: there is none of this name", u.name(), named)
	case named != "" && slices.Contains(having, named):
		return u.version(named), nil
	case named != "":
		return nil, refuse(NotFound, "upstream %s: version %s has no endpoint %s", u.name(), named, address)
	case len(having) == 0:
		return nil, refuse(NotFound, "upstream %s: no version has an endpoint %s", u.name(), address)
	case len(having) > 1:
		return nil, refuse(Invalid, "upstream %s: versions %s have an endpoint %s: say which version", u.name(), strings.Join(having, ", "), address)
	}
	return u.version(having[0]), nil
}

// withEndpoint returns the upstream with another setting of one endpoint, itself
// if it has that setting already.
func (u *upstream) withEndpoint(v *version, address string, p EndpointPatch) (*upstream, error) {
	had := u.record.Endpoints[v.name][address]
	o := had
	if p.State != nil {
		if o.State = p.State.String(); *p.State == balancer.Up {
			o.State = ""
		}
	}
	if p.Weight != nil {
		o.Weight = *p.Weight
	}
	if o == had {
		return u, nil
	}
	r := u.record.withOverride(v.name, address, o)
	if o.Weight == had.Weight {
		return u.next(r, u.trips) // the word says it all
	}
	return u.rejoin(u.config, r, u.trips)
}

// settle sets the operators' states on the endpoints' words. An endpoint that is
// taken out closes what is idle and bounds what is not.
func (u *upstream) settle() {
	for _, v := range u.versions {
		flipped := false
		for _, e := range v.endpoints {
			want := u.record.Endpoints[v.name][e.address].admin()
			if !e.live.live.SetAdmin(want) {
				continue
			}
			flipped = true
			if want == balancer.Up {
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
