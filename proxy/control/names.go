package control

import (
	"maps"
	"net"
	"slices"
	"strings"

	"weir/config"
	"weir/health/dns"
)

// nameOf is what DNS is asked for an endpoint with resolve.
func nameOf(e *config.Endpoint) dns.Name {
	if host, _, err := net.SplitHostPort(e.Address); err == nil {
		return dns.Name{Host: strings.ToLower(host)}
	}
	return dns.Name{Host: strings.ToLower(e.Address), Service: strings.ToLower(e.Service)}
}

// namesOf are those of a configuration, each once.
func namesOf(cfg *config.Config) []dns.Name {
	var out []dns.Name
	seen := map[dns.Name]bool{}
	for i := range cfg.Upstreams {
		for j := range cfg.Upstreams[i].Versions {
			for _, e := range cfg.Upstreams[i].Versions[j].Endpoints {
				if !e.Resolve {
					continue
				}
				if n := nameOf(&e); !seen[n] {
					seen[n] = true
					out = append(out, n)
				}
			}
		}
	}
	return out
}

func resolver(r *config.Resolver) dns.Options {
	return dns.Options{Servers: r.Addresses, Timeout: r.Timeout, Valid: r.Valid, IPv4: r.IPv4, IPv6: r.IPv6, Keep: r.NXDomain == config.NXDomainKeep}
}

// noteMoves never blocks.
func (c *Control) noteMoves() {
	select {
	case c.moves <- struct{}{}:
	default: // the writer has not looked yet
	}
}

// relocate lets the upstreams follow their names: what DNS gives now, and what was to
// leave as soon as others can take its place. The writer calls it after answers and
// after flips; nothing is kept, for DNS is asked anew at every start.
func (c *Control) relocate() {
	w := c.current.Load()
	var ups map[string]*upstream // nil while nothing has moved
	for name, u := range w.upstreams {
		if !u.moved() {
			continue
		}
		n, err := u.rejoin(u.config, u.record, u.trips)
		if err != nil {
			c.opts.Log.Error().Str(keyUpstream, name).Err(err).Msg("endpoints have moved, but what serves stays")
			continue
		}
		if ups == nil {
			ups = maps.Clone(w.upstreams)
		}
		ups[name] = n
	}
	if ups == nil {
		return
	}
	next, err := newWorld(w.generation+1, w.config, ups, w.flags, w.keys)
	if err != nil {
		c.opts.Log.Error().Err(err).Msg("endpoints have moved, but what serves stays")
		return
	}
	c.publish(next)
	c.watch(next)
	next.ordered(func(u *upstream) { c.announceMoves(w.upstreams[u.name()], u) })
}

// watch has the endpoints checked, once it is known where they are.
func (c *Control) watch(w *world) {
	if c.located == nil {
		c.monitor.Set(c.targets(w))
	}
}

// moved reports whether an endpoint is elsewhere than in this generation.
func (u *upstream) moved() bool {
	known := u.live.known()
	for i := range u.config.Versions {
		cfg, v := &u.config.Versions[i], u.versions[i]
		if !resolves(cfg) {
			continue
		}
		now, leaving := locate(cfg, v, awaited(u.config.Health.Active), known)
		if leaving != v.lingering || !slices.EqualFunc(now, v.endpoints, func(p place, e endpoint) bool { return p == e.at }) {
			return true
		}
	}
	return false
}

// locate is where the endpoints of a version are now, given those before; leaving
// says that some only stay for a while.
func locate(cfg *config.Version, before *version, checked bool, known map[dns.Name]dns.State) (now []place, leaving bool) {
	now = places(cfg, known)
	stay := before.leaving(cfg, now, checked)
	return append(now, stay...), len(stay) > 0
}

// announceMoves logs and sends which endpoints have come and gone.
func (c *Control) announceMoves(was, u *upstream) {
	if was == u {
		return
	}
	for i, v := range u.versions {
		if !resolves(&u.config.Versions[i]) {
			continue
		}
		before := was.versions[i].addresses()
		now := v.addresses()
		added, removed := strings.Join(without(now, before), ", "), strings.Join(without(before, now), ", ")
		if v.lingering && !was.versions[i].lingering {
			c.opts.Log.Warn().Str(keyUpstream, u.name()).Str(keyVersion, v.name).
				Msg("endpoints that DNS no longer gives stay until others can take their place")
		}
		if added == "" && removed == "" {
			continue
		}
		c.opts.Log.Info().Str(keyUpstream, u.name()).Str(keyVersion, v.name).Str(keyAdded, added).Str(keyRemoved, removed).Msg("endpoints")
		c.emit(Event{Kind: EventResolve, Upstream: u.name(), Version: v.name, Revision: u.record.Revision, State: "moved", Reason: moves(added, removed)})
	}
}

// moves is a sentence about them.
func moves(added, removed string) string {
	switch {
	case removed == "":
		return "DNS gives " + added + " as well"
	case added == "":
		return "DNS no longer gives " + removed
	}
	return "DNS gives " + added + ", no longer " + removed
}

// without are those of all that others does not have.
func without(all, others []string) []string {
	other := make(map[string]bool, len(others))
	for _, s := range others {
		other[s] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return other[s] })
}

// names are those of a version, each once.
func (u *upstream) names(version int) (out []NameView) {
	cfg := &u.config.Versions[version]
	if !resolves(cfg) {
		return nil
	}
	known, seen := u.live.known(), map[dns.Name]bool{}
	for _, e := range cfg.Endpoints {
		n := nameOf(&e)
		if !e.Resolve || seen[n] {
			continue
		}
		seen[n] = true
		out = append(out, nameView(n, known[n]))
	}
	return out
}

func nameView(n dns.Name, s dns.State) NameView {
	out := NameView{Name: n.String(), Addresses: make([]string, len(s.Addresses)), At: s.At}
	for i, a := range s.Addresses {
		out.Addresses[i] = a.String()
	}
	switch {
	case s.Err != nil:
		out.Error = s.Err.Error()
	case s.At.IsZero():
		out.Error = "not looked up yet"
	case len(s.Addresses) == 0:
		out.Error = "there is no such name, or it has no addresses"
	}
	return out
}
