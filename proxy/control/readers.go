package control

import (
	"slices"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/control/series"
)

// Upstreams returns every upstream, in the order of the file.
func (c *Control) Upstreams() []UpstreamView {
	var out []UpstreamView
	c.current.Load().ordered(func(u *upstream) { out = append(out, u.view(u.rollout())) })
	return out
}

// Upstream returns one upstream; NotFound if it is not configured.
func (c *Control) Upstream(name string) (UpstreamView, error) {
	u, err := c.find(name, 0)
	if err != nil {
		return UpstreamView{}, err
	}
	return u.view(u.rollout()), nil
}

// Rollout returns the explicit rollout that runs or the last that did; NotFound
// if there never was one.
func (c *Control) Rollout(name string) (rollout.State, error) {
	u, err := c.find(name, 0)
	if err != nil {
		return rollout.State{}, err
	}
	s := u.rollout()
	if s == nil {
		return rollout.State{}, refuse(NotFound, "upstream %s: there has been no rollout; what moved its split is in its history", name)
	}
	out := *s
	if u.record.Split.Stable != out.Plan.To {
		out.Plan.KeepWarm = 0 // the way back was taken
	}
	return out, nil
}

// History returns the kept revisions, newest first; NotFound if the upstream
// is not configured.
func (c *Control) History(name string) ([]Revision, error) {
	u, err := c.find(name, 0)
	if err != nil {
		return nil, err
	}
	return slices.Clone(u.record.History), nil
}

// Series returns the seconds of an upstream after a time, in Unix milliseconds, as far
// as they are kept; NotFound if it is not configured.
func (c *Control) Series(name string, after int64) (series.View, error) {
	u, err := c.find(name, 0)
	if err != nil {
		return series.View{}, err
	}
	return u.live.series.Since(after), nil
}

// Status returns the control plane as a whole.
func (c *Control) Status() StatusView { return c.statusOf(c.current.Load()) }

func (c *Control) statusOf(w *world) StatusView {
	c.status.mu.Lock()
	out := StatusView{Generation: w.generation, State: c.status.mu.state, Reload: c.status.mu.reload}
	c.status.mu.Unlock()
	w.ordered(func(u *upstream) {
		if u.drift() != "" {
			out.Drift = append(out.Drift, u.name())
		}
	})
	return out
}

// Metrics reads every counter, of one generation.
func (c *Control) Metrics() Metrics {
	w := c.current.Load()
	status := c.statusOf(w)
	out := Metrics{Generation: status.Generation, StateOK: status.State.OK, Reload: status.Reload, Certificates: w.keys.expiries}
	w.ordered(func(u *upstream) { out.Upstreams = append(out.Upstreams, u.metrics()) })
	return out
}

// rollout is the explicit rollout with the engine's live numbers, nil if there
// never was one. The record is the truth about which one it is.
func (u *upstream) rollout() *rollout.State {
	kept := u.record.Rollout
	if kept == nil || kept.Phase.Ended() {
		return kept
	}
	for _, s := range u.live.engine.States() {
		// Between publishing a step and the engine's hearing of it the kept one is newer.
		if s.ID == kept.ID && (s.Phase == rollout.Reverting || !kept.StepAt.After(s.StepAt)) {
			return &s
		}
	}
	return kept
}

// kept is the explicit rollout as the writer has it: of a change that has just been made
// it knows more than the engine shows.
func (u *upstream) kept() *rollout.State { return u.record.Rollout }

// view is the upstream with r as its explicit rollout, nil if there never was one.
func (u *upstream) view(r *rollout.State) UpstreamView {
	s := u.record.Split
	out := UpstreamView{
		Name:     u.name(),
		Revision: u.record.Revision,
		Stable:   s.Stable,
		Split:    make(map[string]ShareView, len(u.versions)),
		Versions: make([]VersionView, len(u.versions)),
		Guards:   u.guardStates(),
		Drift:    u.drift(),
		Queue:    u.queue(),
		Schema:   u.schemaView(time.Now()),
		Writes:   u.writes(),
		Contract: u.contractView(),
		WayBack:  u.wayBack(),
		Last:     u.record.History[0],
	}
	if sum := u.live.summary.Load(); sum != nil {
		out.Users = *sum
	}
	if r != nil {
		copied := *r
		if r.Phase.Ended() {
			out.Ended = &copied
		} else {
			out.Rollout = &copied
		}
	}
	for i, v := range u.versions {
		out.Split[v.name] = ShareView{Weight: s.Weights[v.name], Share: s.share(v.name)}
		out.Versions[i] = v.view()
		for j := range out.Versions[i].Endpoints {
			u.reasonFor(v, &v.endpoints[j], &out.Versions[i].Endpoints[j])
		}
		out.Versions[i].Names = u.names(i)
		out.Versions[i].Schema = u.rangeView(v)
		out.Versions[i].Retired = u.retiredView(v)
	}
	return out
}

// queue is the upstream's queue, nil if it has none.
func (u *upstream) queue() *QueueView {
	if u.config.Queue == nil {
		return nil
	}
	return &QueueView{Length: u.shared.Queue.Len(), Size: u.config.Queue.Size}
}

// guardStates are the guards of this generation, with the engine's live numbers
// where it has them.
func (u *upstream) guardStates() []rollout.State {
	out := make([]rollout.State, len(u.guards))
	states := u.live.engine.States()
	for i, g := range u.guards {
		out[i] = g.State
		for _, s := range states {
			if s.ID == g.State.ID {
				out[i] = s
			}
		}
	}
	return out
}

func (v *version) view() VersionView {
	out := VersionView{Name: v.name, Endpoints: make([]EndpointView, len(v.endpoints))}
	if sum := v.live.summary.Load(); sum != nil {
		out.Window = *sum
	}
	for i, e := range v.endpoints {
		out.Endpoints[i] = EndpointView{
			Address:  e.address,
			Name:     e.live.name,
			State:    e.live.live.Admin().String(),
			Health:   e.live.live.Health(),
			Inflight: e.live.live.Inflight(),
			Tunnels:  e.live.proxy.Tunnels(),
			Weight:   e.weight,
			Backup:   e.backup,
		}
	}
	return out
}

func (u *upstream) metrics() UpstreamMetrics {
	out := UpstreamMetrics{
		Name:     u.name(),
		Revision: u.record.Revision,
		Drift:    u.drift() != "",
		Queue:    u.queue(),
		Versions: make([]VersionMetrics, len(u.versions)),
	}
	out.Held = u.held()
	out.Schema = u.schemaView(time.Now())
	if u.learns() {
		n := u.shared.Sessions.Len()
		out.Sessions = &n
	}
	if u.config.Sticky != nil {
		n := u.users.Unkeyed.Load()
		out.Unkeyed = &n
	}
	if r := u.rollout(); r != nil {
		out.Rollout = r.Phase
	}
	u.shared.Users.Totals(&out.Users)
	out.Retries = u.shared.Retries.Totals()
	out.Rollouts, out.Judgements = u.live.rollouts.byState(), u.live.judgements.byState()
	guards := map[string]rollout.Phase{} // by the version judged
	for _, g := range u.guardStates() {
		guards[g.Plan.To] = g.Phase
	}
	proofs := u.proofs()
	for i, v := range u.versions {
		m := VersionMetrics{Name: v.name, Share: u.record.Split.share(v.name), Guard: guards[v.name], Endpoints: make([]EndpointMetrics, len(v.endpoints)), Names: u.names(i)}
		v.live.stats.Totals(&m.Attempts)
		m.Mirrored = v.live.mirrored.ByOutcome()
		m.Shield, m.Proof = v.live.shielded(), proofs[v.name]
		for j, e := range v.endpoints {
			m.Endpoints[j] = EndpointMetrics{
				Address: e.address, Up: e.live.live.Well(), Inflight: e.live.live.Inflight(),
				Checked: u.config.Health.Active != nil, Care: e.live.care.Totals(),
			}
		}
		out.Versions[i] = m
	}
	return out
}

// proofs are what there is against the versions that are judged.
func (u *upstream) proofs() map[string]*rollout.Proof {
	states := u.live.engine.States()
	out := make(map[string]*rollout.Proof, len(states))
	for i := range states {
		if s := &states[i]; !s.Phase.Ended() {
			p := s.Proof()
			out[s.Plan.To] = &p
		}
	}
	return out
}

// shielded is what became of the version's failures, nil before the first.
func (l *liveVersion) shielded() *ShieldMetrics {
	ok := l.shield.OK.Load() // before Retries, so that it is never more
	all := l.shield.Retries.Load()
	if all == 0 {
		return nil
	}
	return &ShieldMetrics{OK: ok, Failed: all - ok}
}
