package control

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health/dns"
)

// start makes the first generation from the file and from what was kept.
func (c *Control) start() error {
	cfg := c.opts.Config
	c.names.Set(resolver(&cfg.Resolver), namesOf(cfg))
	if len(namesOf(cfg)) > 0 {
		c.located = c.names.FirstRound()
	}
	held := c.keeper.load()
	ups := make(map[string]*upstream, len(cfg.Upstreams))
	decided := make(map[string][]byte, len(cfg.Upstreams))
	for i := range cfg.Upstreams {
		u, err := c.first(&cfg.Upstreams[i], held, decided)
		if err != nil {
			return err
		}
		ups[u.name()] = u
	}
	if err := c.regroup(ups); err != nil {
		return err
	}
	for name, u := range ups {
		decided[upstreamKey(name)] = u.record.encode()
	}
	if decided[linkKey] = held[linkKey]; !c.useLinkKey(held[linkKey]) {
		decided[linkKey] = newLinkKey()
		c.useLinkKey(decided[linkKey])
	}
	k, err := loadKeys(cfg, nil, time.Now())
	if err != nil {
		return err
	}
	f, err := c.firstFlags(cfg, k, held, decided)
	if err != nil {
		return err
	}
	w, err := newWorld(1, cfg, ups, f, k)
	if err != nil {
		return err
	}
	w.instruct()
	for _, warning := range k.warnings {
		c.opts.Log.Warn().Msg(warning)
	}
	c.keeper.begin(decided, time.Now())
	c.showState()
	c.noteReload(cfg.File, nil)
	c.current.Store(w)
	c.seen.tell(w.flags)
	c.notifier.Set(targets(w.config.Notify))
	w.ordered(func(u *upstream) {
		c.opts.Log.Info().Str(keyUpstream, u.name()).Uint64(keyRevision, u.record.Revision).
			Str(keyStable, u.record.Split.Stable).Interface(keySplit, u.record.Split.Weights).Msg("serving")
		c.warnDrift(u)
		u.arm()
	})
	c.watch(w)
	c.opts.Publish(w.snapshot)
	return nil
}

// first makes an upstream that was not there before.
func (c *Control) first(cfg *config.Upstream, held, aside map[string][]byte) (*upstream, error) {
	kept := c.keptRecord(cfg.Name, held, aside)
	d := atStart(kept, fileSplit(cfg))
	for _, warning := range d.warnings {
		c.opts.Log.Warn().Str(keyUpstream, cfg.Name).Msg(warning)
	}
	return c.join(cfg, d.record.prune(fileState(cfg, c.names.States())).underFile(cfg))
}

// keptRecord reads what is held of an upstream. What cannot be read is as good
// as nothing, because a start is never refused because of state; but it is put
// aside: a newer Weir may have kept it, and may be back.
func (c *Control) keptRecord(name string, held, aside map[string][]byte) *record {
	key := upstreamKey(name)
	in := held[key]
	if in == nil {
		return nil
	}
	r, err := decodeRecord(in)
	if err != nil {
		aside[setAside+key] = in
		c.opts.Log.Warn().Str(keyUpstream, name).Err(err).Str(keyAside, setAside+key).Msg("the kept state cannot be used: it is set aside, the file's split serves")
		return nil
	}
	if err := r.rolloutProblem(); err != nil {
		aside[setAside+key] = in
		c.opts.Log.Warn().Str(keyUpstream, name).Str(keyRollout, r.Rollout.ID).Err(err).Str(keyAside, setAside+key).Msg("the kept rollout cannot be used: it is set aside, its split stays as it is")
		r.Rollout = nil
	}
	return r
}

// join makes an upstream with live things of its own.
func (c *Control) join(cfg *config.Upstream, r *record) (*upstream, error) {
	u := &upstream{
		config:   cfg,
		record:   r.within(cfg.History, time.Now()),
		live:     &liveUpstream{sequence: &balancer.Sequence{}, known: c.names.States},
		shared:   newShared(c.monitor.Failed, c.flipped(cfg.Name)),
		retries:  retryBudget(cfg.Retry),
		versions: resolve(cfg, r, nil, c.names.States()),
		trips:    trips(nil).over(r.Split),
	}
	u.live.engine = rollout.NewEngine(&host{control: c, name: cfg.Name, live: u.live}, u.shared.Wake)
	u.live.asker = &asker{control: c, whose: &host{control: c, name: cfg.Name, live: u.live}, results: slices.Clone(r.Gates)}
	u.guards = guards(cfg, r, u.trips, nil)
	return u, u.assemble()
}

// rejoin makes an upstream for another configuration of it, with the live things
// it has; t are the trips that stay.
func (u *upstream) rejoin(cfg *config.Upstream, r *record, t trips) (*upstream, error) {
	n := &upstream{
		config:   cfg,
		record:   r.within(cfg.History, time.Now()),
		live:     u.live,
		shared:   u.shared,
		retries:  u.retries,
		users:    u.users,
		versions: resolve(cfg, r, u.versions, u.live.known()),
		trips:    t.over(r.Split),
	}
	if cfg.Retry.Budget != u.config.Retry.Budget {
		n.retries = retryBudget(cfg.Retry)
	}
	n.guards = guards(cfg, r, n.trips, u.guards)
	return n, n.assemble()
}

// fileState says which state the file asks for of an endpoint; "" when it has none such.
// Where DNS is asked any address may be one, in the state that such an endpoint has: what
// an operator has taken out must not be back because an answer was without it for a while.
func fileState(cfg *config.Upstream, names map[dns.Name]dns.State) func(version, address string) string {
	known, other := map[[2]string]string{}, map[string]string{}
	for i := range cfg.Versions {
		v := &cfg.Versions[i]
		for _, p := range places(v, names) {
			known[[2]string{v.Name, p.Address}] = cmp.Or(p.State, "up")
		}
		for _, e := range v.Endpoints {
			if e.Resolve && other[v.Name] == "" {
				other[v.Name] = cmp.Or(e.State, "up")
			}
		}
	}
	return func(version, address string) string {
		return cmp.Or(known[[2]string{version, address}], other[version])
	}
}

// adopt takes into account what a store held that could only be opened now: an
// upstream that nothing has happened to since the start gets what the start
// would have given it. One that was moved for safety since then keeps its split,
// numbered behind what the store held.
func (c *Control) adopt(held map[string][]byte) {
	w := c.current.Load()
	ups, aside := maps.Clone(w.upstreams), map[string][]byte{}
	for name, u := range w.upstreams {
		kept := c.keptRecord(name, held, aside)
		if kept == nil {
			continue
		}
		d := atStart(kept, fileSplit(u.config))
		if u.record.Revision > 1 {
			d = decision{record: d.record.abandon("moved for safety before its state could be read").revise(u.record.Split.over(u.versionNames()), cause{
				Source: u.record.History[0].Source,
				Reason: u.record.History[0].Reason,
			})}
		}
		r := d.record.prune(fileState(u.config, c.names.States()))
		next, err := u.rejoin(u.config, r, nil)
		if err != nil {
			c.opts.Log.Warn().Str(keyUpstream, name).Err(err).Msg("the kept state cannot be used: what serves stays")
			continue
		}
		ups[name] = next
		d.warnings = append(d.warnings, fmt.Sprintf("kept state could be read only now: revision %d serves", r.Revision))
		for _, warning := range d.warnings {
			c.opts.Log.Warn().Str(keyUpstream, name).Msg(warning)
		}
	}
	if c.useLinkKey(held[linkKey]) {
		aside[linkKey] = held[linkKey] // in place of the one that the start made
	}
	f, changes, flagErr := c.adoptFlags(w.flags, w.config, w.keys, held, aside)
	c.endGone(w.config, held, aside)
	c.keeper.later(aside, time.Now())
	err := errors.Join(c.regroup(ups), flagErr)
	if changes == nil {
		changes = map[string][]byte{}
	}
	for name, u := range ups {
		if u != w.upstreams[name] {
			changes[upstreamKey(name)] = u.record.encode()
		}
	}
	if len(changes) == 0 {
		return
	}
	var next *world
	if err == nil {
		next, err = newWorld(w.generation+1, w.config, ups, f, w.keys)
	}
	if err != nil {
		c.opts.Log.Warn().Err(err).Msg("the kept state cannot be used: what serves stays")
		return
	}
	c.keeper.later(changes, time.Now())
	c.publish(next)
}
