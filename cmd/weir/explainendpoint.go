package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/proxy/admin/api"
)

// endpoints says of each that is not used why, and where all of a version are used
// nothing.
func (x *explanation) endpoints(u *api.Upstream) {
	for i := range u.Versions {
		v := &u.Versions[i]
		for _, n := range v.Names {
			if n.Error != "" {
				x.say("Name %s of %s: %s.", n.Name, v.Name, n.Error)
			}
		}
		for j := range v.Endpoints {
			e := &v.Endpoints[j]
			switch {
			case idle(u, v, e): // the split has said so
			case e.Cause != "":
				x.say("%s (%s) gets no requests%s: %s.", e.Address, v.Name, since(e), e.Cause)
			case e.Health == api.HealthSlowStart:
				x.say("%s (%s) is in its slow start%s: its share grows.", e.Address, v.Name, since(e))
			}
		}
	}
}

// endpoint says why the endpoint at x.Address is used or not; version may be empty.
func (x *explanation) endpoint(u *api.Upstream, version string) error {
	found := false
	var there, versions []string
	for i := range u.Versions {
		v := &u.Versions[i]
		versions = append(versions, v.Name)
		if version != "" && version != v.Name {
			continue
		}
		for j := range v.Endpoints {
			e := &v.Endpoints[j]
			there = append(there, e.Address)
			if e.Address == x.Address {
				found = true
				x.one(u, v, e)
			}
		}
	}
	switch {
	case found:
		return nil
	case version == "":
		return noSuch("upstream "+u.Name+": endpoint", x.Address, there)
	case !slices.Contains(versions, version):
		return noSuch("upstream "+u.Name+": version", version, versions)
	}
	return noSuch("upstream "+u.Name+": version "+version+": endpoint", x.Address, there)
}

// noSuch refuses a name that does not exist, as the API does; there are the names that do.
func noSuch(what, name string, there []string) error {
	all := "none"
	if len(there) > 0 {
		all = strings.Join(there, ", ")
	}
	return fmt.Errorf("%s %s does not exist; there are %s%s", what, name, all, meant(name, there))
}

func (x *explanation) one(u *api.Upstream, v *api.Version, e *api.Endpoint) {
	usable := 0
	for _, o := range v.Endpoints {
		if o.State == api.StateUp && serves(o) {
			usable++
		}
	}
	switch {
	case e.Cause == "":
		x.say("%s (%s) is used: state %s, health %s%s.", e.Address, v.Name, e.State, e.Health, since(e))
	case idle(u, v, e):
		x.say("%s (%s) has no share of the requests: %s.", e.Address, v.Name, e.Cause)
	default:
		x.say("%s (%s) gets no requests%s: %s.", e.Address, v.Name, since(e), e.Cause)
	}
	if e.Health == api.HealthSlowStart {
		x.say("It is in its slow start: its share grows.")
	}
	if e.Name != "" {
		x.say("DNS gives its address for %s.", e.Name)
	}
	x.say("%s has %s of the requests; %d of its %s can serve, and this one has weight %d and %d in flight.",
		v.Name, percent(u.Split[v.Name].Share), usable, count(len(v.Endpoints), "endpoint"), e.Weight, e.Inflight)
	if what := remedy(u, v, e); what != "" {
		x.say("%s", what)
	}
}

// idle reports whether nothing is wrong with an endpoint but that its version has no share.
func idle(u *api.Upstream, v *api.Version, e *api.Endpoint) bool {
	return u.Split[v.Name].Weight == 0 && e.State == api.StateUp && serves(*e)
}

// remedy is how an endpoint that is not used comes back.
func remedy(u *api.Upstream, v *api.Version, e *api.Endpoint) string {
	switch {
	case e.Cause == "":
		return ""
	case e.State != api.StateUp:
		return fmt.Sprintf("'weir up %s %s' brings it back, unless a rolling rollout has taken it out.", u.Name, e.Address)
	case e.Health == api.HealthEjected && e.Until != nil && time.Now().Before(*e.Until):
		return "It comes back by itself, at " + clock(*e.Until) + " or later."
	case !serves(*e):
		return "It comes back by itself."
	case idle(u, v, e):
		return fmt.Sprintf("'weir rollout start %s --to %s' or 'weir set-weight' would give it one.", u.Name, v.Name)
	}
	return ""
}

func since(e *api.Endpoint) string {
	if e.Since == nil {
		return ""
	}
	return " since " + clock(*e.Since)
}
