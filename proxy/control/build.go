package control

import (
	"fmt"
	"time"

	"weir/balancer"
	"weir/config"
	"weir/health/dns"
	"weir/health/outcome"
	"weir/proxy"
)

// next returns the upstream with another record, in the generation to come; t are
// the trips that stay. The present one is not touched, so a failure changes
// nothing.
func (u *upstream) next(r *record, t trips) (*upstream, error) {
	r = r.within(u.config.History, time.Now())
	n := *u
	n.record = r
	n.trips = t.over(r.Split)
	n.guards = guards(n.config, r, n.trips, u.guards)
	return &n, n.assemble()
}

// assemble makes what requests see of everything else in u.
func (u *upstream) assemble() error {
	shares := make([]balancer.Share, len(u.versions))
	versions := make([]*proxy.Version, len(u.versions))
	stable := -1
	for i, v := range u.versions {
		judged := u.candidate(v.name)
		shares[i] = balancer.Share{
			Version:   v.name,
			Weight:    u.record.Split.Weights[v.name],
			Group:     v.group,
			Trip:      u.trips[v.name],
			Candidate: judged,
			Strict:    u.countsFails(),
			MaxConns:  v.most,
		}
		versions[i] = &proxy.Version{
			Name:      v.name,
			Endpoints: v.proxied,
			Stats:     v.live.stats,
			Shielded:  judged,
			Shield:    v.live.shield,
			Failures:  v.live.failures,
			Apart:     v.live.apart,
		}
		if v.name == u.record.Split.Stable {
			stable = i
		}
	}
	s, err := balancer.NewSplit(shares, stable, u.live.sequence)
	if err != nil {
		return fmt.Errorf("upstream %s: %w", u.name(), err)
	}
	s, known, err := u.keyed(s)
	if err != nil {
		return fmt.Errorf("upstream %s: %w", u.name(), err)
	}
	s, wrote, err := u.written(s)
	if err != nil {
		return fmt.Errorf("upstream %s: %w", u.name(), err)
	}
	on, err := proxy.ParseRetryOn(u.config.Retry.On)
	if err != nil {
		return fmt.Errorf("upstream %s: retry.on: %w", u.name(), err)
	}
	bound, err := affine(u.config.Affinity)
	if err != nil {
		return fmt.Errorf("upstream %s: affinity: %w", u.name(), err)
	}
	t := u.config.Timeouts
	u.proxied = &proxy.Upstream{
		Name:          u.name(),
		Split:         s,
		Versions:      versions,
		Timeouts:      proxy.Timeouts{Connect: t.Connect, Response: t.Response, Idle: t.Idle, Total: t.Total, Tunnel: t.Tunnel},
		Retry:         proxy.Retry{Tries: u.config.Retry.Tries, On: on, Budget: u.retries, TryTimeout: u.config.Retry.TryTimeout, NonIdempotent: u.config.Retry.NonIdempotent, Timeout: u.config.Retry.Timeout},
		Errors:        statusSet(u.config.Rollout.Revert.Errors),
		Affinity:      bound,
		Sticky:        known,
		Pins:          append(pinned(u.config.Pins), u.preview()...),
		Wrote:         wrote,
		Mirror:        u.mirror(),
		Writes:        u.writing(),
		Queue:         waiting(u.config.Queue),
		Live:          u.shared,
		HoldBody:      int(u.config.Buffer.Request),
		ExposeVersion: u.config.ExposeVersion,
		Host:          hostPolicy(u.config.Host),
		HashKey:       text(u.config.Balance.HashKey),
		CountFails:    u.countsFails(),
		InService:     u.inService(),
	}
	return nil
}

// waiting is the file's queue as requests see it; none is nil.
func waiting(q *config.Queue) proxy.Queue {
	if q == nil {
		return proxy.Queue{}
	}
	return proxy.Queue{Size: q.Size, Timeout: q.Timeout}
}

func statusSet(ranges []config.StatusRange) outcome.StatusSet {
	pairs := make([][2]int, len(ranges))
	for i, r := range ranges {
		pairs[i] = [2]int{r.From, r.To}
	}
	return outcome.NewStatusSet(pairs...)
}

// resolve makes the versions of an upstream for a configuration and a record,
// taking over the live things of those before that are still there.
func resolve(cfg *config.Upstream, r *record, before []*version, names map[dns.Name]dns.State) []*version {
	known := make(map[string]*version, len(before))
	for _, v := range before {
		known[v.name] = v
	}
	out := make([]*version, len(cfg.Versions))
	for i := range cfg.Versions {
		v := &cfg.Versions[i]
		out[i] = resolveVersion(v, balanceOf(&cfg.Balance), known[v.Name], r.Endpoints[v.Name], cfg, names)
	}
	return out
}

func resolveVersion(cfg *config.Version, b balancer.Balance, before *version, set map[string]override, of *config.Upstream, names map[dns.Name]dns.State) *version {
	now, leaving := locate(cfg, before, awaited(of.Health.Active), names)
	v := &version{name: cfg.Name, most: cfg.MaxConns, endpoints: make([]endpoint, len(now)), lingering: leaving}
	known := map[string]*liveEndpoint{}
	if before != nil {
		v.live = before.live
		for i := range before.endpoints {
			known[before.endpoints[i].address] = before.endpoints[i].live
		}
	} else {
		v.live = newLiveVersion()
	}
	for i, e := range now {
		v.endpoints[i] = endpoint{
			address: e.Address, weight: e.Weight, most: e.MaxConns, backup: e.Backup, node: e.node(), slowStart: e.SlowStart,
			admin: set[e.Address].admin(e.State, of.Affinity != nil), apart: set[e.Address].apart(e.State), born: set[e.Address].Born, fails: failRule(&e.Endpoint, len(now) == 1, of.Health.Passive.Mode),
			route: routeOf(&e.Endpoint, of.Affinity != nil), live: known[e.Address], at: e,
		}
		if live := v.endpoints[i].live; live != nil && before.born(e.Address) != v.endpoints[i].born {
			v.endpoints[i].live = nil // another process at the same address
		}
		if w := set[e.Address].Weight; w > 0 {
			v.endpoints[i].weight = w
		}
		switch live := v.endpoints[i].live; {
		case live == nil:
			v.endpoints[i].live = newLiveEndpoint(e.Address, e.name, awaited(of.Health.Active))
			v.endpoints[i].set() // nobody sees it yet
		case live.name != e.name:
			v.endpoints[i].live = live.renamed(e.name)
		}
	}
	v.arrange(b)
	return v
}

// arrange makes the lists that follow from the endpoints.
func (v *version) arrange(b balancer.Balance) {
	members := make([]balancer.Endpoint, len(v.endpoints))
	v.proxied = make([]*proxy.Endpoint, len(v.endpoints))
	for i, e := range v.endpoints {
		members[i] = balancer.Endpoint{Address: e.address, Weight: e.weight, MaxConns: e.most, Backup: e.backup, Node: e.node, Route: e.route, Live: e.live.live}
		v.proxied[i] = e.live.proxy
	}
	v.group = balancer.NewGroup(members, b, v.live.cursor)
	if v.most > 0 {
		v.group.Count()
	}
}

// admin is the state that the setting asks for, else the file. bound says that clients
// are bound to endpoints: a rolling rollout does not wait until they have left.
func (o override) admin(file string, bound bool) balancer.AdminState {
	rolling, _ := balancer.ParseAdminState(o.Rolling)
	if rolling == balancer.Drain && bound {
		rolling = balancer.Down
	}
	return max(o.apart(file), rolling)
}

// apart is the state without what a rolling rollout asks for.
func (o override) apart(file string) balancer.AdminState {
	word := o.State
	if word == "" {
		word = file
	}
	s, _ := balancer.ParseAdminState(word) // anything else is up
	return s
}

// clients is the file's policy for clients as requests see it.
func clients(cfg *config.Clients) *proxy.Clients {
	t, l := cfg.Timeouts, cfg.Limits
	return &proxy.Clients{
		HeaderTimeout:    t.Header,
		KeepAliveTimeout: t.KeepAlive,
		BodyTimeout:      t.Body,
		SendTimeout:      t.Send,
		Head:             int(l.Head),
		Headers:          l.Headers,
		Target:           int(l.Target),
		Conns:            l.Connections,
		ConnsPerIP:       l.ConnectionsPerIP,
		Requests:         l.Requests,
		Trusted:          networks(cfg.TrustedProxies),
	}
}

// snapshot is the generation that the upstreams make with the file's routes.
func snapshot(generation uint64, cfg *config.Config, upstreams map[string]*upstream, f *flags) (*proxy.Snapshot, error) {
	routes := make([]proxy.Route, len(cfg.Routes))
	for i, r := range cfg.Routes {
		routes[i] = route(&r)
		if r.Upstream == "" {
			continue // its answer is its own
		}
		u := upstreams[r.Upstream]
		if u == nil {
			return nil, fmt.Errorf("route %s%s: no upstream %s", r.Host, r.Path, r.Upstream)
		}
		routes[i].Upstream = u.proxied
	}
	var decide *proxy.Flags
	if f != nil {
		decide = f.proxied
	}
	s, err := proxy.NewFlaggedSnapshot(generation, routes, decide)
	if err != nil {
		return nil, err
	}
	s.Clients = clients(&cfg.Clients)
	s.Clients.Trace = cfg.Trace
	return s, nil
}
