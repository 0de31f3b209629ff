package control

import (
	"context"
	"slices"

	"weir/balancer/rollout"
	"weir/config"
)

// GroupView is one group as it is now. The caller owns it.
type GroupView struct {
	Name    string
	Members []UpstreamView // in the order of the file; the first leads
	Rollout *GroupRollout  // the one that runs; nil: none does
}

// GroupRollout is the rollout of a group: of each member its part.
type GroupRollout struct {
	// State is the leader's, with the reason of the member that has most to say, and
	// with the report of all together.
	State rollout.State
	Parts []Part // in the order of the group
}

// Part is one member's part of its group's rollout.
type Part struct {
	Upstream string
	State    rollout.State
}

// Groups returns every group, in the order of the file.
func (c *Control) Groups() []GroupView {
	w := c.current.Load()
	out := make([]GroupView, len(w.config.Groups))
	for i := range w.config.Groups {
		out[i] = w.groupView(&w.config.Groups[i], (*upstream).rollout)
	}
	return out
}

// Group returns one group; NotFound if it is not configured.
func (c *Control) Group(name string) (GroupView, error) {
	w := c.current.Load()
	g, err := w.group(name)
	if err != nil {
		return GroupView{}, err
	}
	return w.groupView(g, (*upstream).rollout), nil
}

// GroupRollout returns the rollout of the group that runs or the last that did; NotFound
// if there is none to be seen: there never was one, or its members have had others since.
func (c *Control) GroupRollout(name string) (GroupRollout, error) {
	w := c.current.Load()
	g, err := w.group(name)
	if err != nil {
		return GroupRollout{}, err
	}
	r := w.groupRollout(g, (*upstream).rollout)
	if r == nil {
		return GroupRollout{}, refuse(NotFound, "group %s: there has been no rollout of it, or its upstreams have had others since", name)
	}
	return *r, nil
}

// StartGroup starts the plan of the group's first upstream in all of them.
func (c *Control) StartGroup(ctx context.Context, name string, o StartOptions, m Meta) (GroupView, error) {
	w := c.current.Load()
	g, err := w.group(name)
	if err != nil {
		return GroupView{}, err
	}
	lead := w.upstreams[g.Upstreams[0]]
	if err := lead.admits(&o); err != nil {
		return GroupView{}, err
	}
	if o.Strategy != canary && o.Strategy != blueGreen {
		return GroupView{}, refuse(Invalid, "group %s: strategy %s: it goes by the endpoints of one upstream: want %s or %s", name, o.Strategy, canary, blueGreen)
	}
	if stepped(&lead.config.Rollout) {
		return GroupView{}, refuse(Invalid, "group %s: rollout.revert.mode of %s: stepped: a group goes back in one go: want instant", name, lead.name())
	}
	if o.ID == "" {
		o.ID = lead.nextID(g.Name)
	}
	p := plan(lead.config, o.Strategy, lead.record.Split.Stable, o.To)
	p.Group, p.GroupName = slices.Clone(g.Upstreams), g.Name
	p.Rules = divided(p.Rules, len(p.Group))
	var view GroupView
	_, err = lead.live.engine.Start(ctx, o.ID, p, rollout.Meta{Author: m.Author, From: m.From, Reason: m.Reason, Published: func() {
		view = c.current.Load().groupView(g, (*upstream).kept)
	}})
	if err != nil {
		return GroupView{}, lead.explain(err) // view is still the writer's if the caller has left
	}
	return view, nil
}

// CommandGroup gives a command to the running rollout of the group. Conflict when none
// runs or the command does not fit.
func (c *Control) CommandGroup(ctx context.Context, name string, cmd rollout.Command, m Meta) (GroupView, error) {
	w := c.current.Load()
	g, err := w.group(name)
	if err != nil {
		return GroupView{}, err
	}
	lead := w.upstreams[g.Upstreams[0]]
	run := lead.record.running()
	if last := lead.record.Rollout; run == nil && last != nil && last.Plan.GroupName == g.Name && cmd == rollout.Promote && lead.contractFailed() {
		if _, err := c.again(ctx, lead.name(), m); err != nil {
			return GroupView{}, err
		}
		return c.Group(name)
	}
	if run == nil || run.Plan.GroupName != g.Name {
		return GroupView{}, lead.noGroupRollout(cmd.String(), g.Name)
	}
	var view GroupView
	if err := c.steer(ctx, lead, run, cmd, m, func() { view = c.current.Load().groupView(g, (*upstream).kept) }); err != nil {
		return GroupView{}, err // view is still the writer's if the caller has left
	}
	return view, nil
}

// steer gives a command to the running rollout of a group; made is called on the writer
// when what it did is in force.
func (c *Control) steer(ctx context.Context, lead *upstream, run *rollout.State, cmd rollout.Command, m Meta, made func()) error {
	for _, u := range c.steered(lead, run, cmd) {
		if _, err := u.live.engine.Command(ctx, cmd, rollout.Meta{Author: m.Author, From: m.From, Reason: m.Reason, Published: made}); err != nil {
			return u.explain(err)
		}
	}
	return nil
}

// steered are the upstreams whose engines a command is for: the leader's, but that of
// every member that holds has to be told to go on.
func (c *Control) steered(lead *upstream, run *rollout.State, cmd rollout.Command) []*upstream {
	var out []*upstream
	if cmd == rollout.Resume {
		for _, u := range append([]*upstream{lead}, c.others(lead, &run.Plan)...) {
			if s := u.rollout(); s != nil && s.Phase == rollout.Holding {
				out = append(out, u)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, lead)
	}
	return out
}

// UndoGroup goes back in all upstreams of the group, each to the newest earlier revision
// that was settled with another stable, in one switch. It is refused whole when one
// cannot, or when they would not go back to one version.
func (c *Control) UndoGroup(ctx context.Context, name string, m Meta) (GroupView, error) {
	var view GroupView
	err := c.do(ctx, func() error {
		g, err := c.current.Load().group(name)
		if err != nil {
			return err
		}
		steps := make([]step, len(g.Upstreams))
		for i, of := range g.Upstreams {
			u := c.current.Load().upstreams[of]
			if i := u.record.wayBack(); i >= 0 && u.record.running() == nil {
				if since := u.revertedSince(i); since != nil { // a revision is one upstream's: a group cannot name it
					h := &u.record.History[i]
					return refuse(Conflict, "group %s: upstream %s: %s (%s): want an undo of each upstream to a revision of its own, for %s --to-revision %d, to go there all the same",
						name, of, h.revertedBy(since), since.Reason, of, h.Revision)
				}
			}
			next, err := u.undo(0, m)
			if err != nil {
				return err
			}
			if first := steps[0].next; i > 0 && next.record.Split.Stable != first.record.Split.Stable {
				return refuse(Conflict, "group %s: %s would go back to %s and %s to %s: undo them one by one",
					name, first.name(), first.record.Split.Stable, of, next.record.Split.Stable)
			}
			steps[i] = step{was: u, record: next.record, next: next}
		}
		if err := c.replaceIf(func() bool { return true }, steps...); err != nil {
			return err
		}
		view = c.current.Load().groupView(g, (*upstream).kept)
		return nil
	})
	if err != nil {
		return GroupView{}, err // view is still the writer's if the caller has left
	}
	return view, nil
}

// group finds one in the file.
func (w *world) group(name string) (*config.Group, error) {
	var there []string
	for i := range w.config.Groups {
		if g := &w.config.Groups[i]; g.Name == name {
			return g, nil
		}
		there = append(there, w.config.Groups[i].Name)
	}
	if len(there) == 0 {
		return nil, refuse(NotFound, "group %s does not exist; the file has none", config.Show(name))
	}
	return nil, noSuch("", "group", name, there)
}

// groupView is the group with what of says to be the rollout of each of its upstreams:
// as for one upstream, who has asked for a change is shown the kept one.
func (w *world) groupView(g *config.Group, of func(*upstream) *rollout.State) GroupView {
	out := GroupView{Name: g.Name}
	for _, name := range g.Upstreams {
		u := w.upstreams[name]
		out.Members = append(out.Members, u.view(of(u)))
	}
	if r := w.groupRollout(g, of); r != nil && !r.State.Phase.Ended() {
		out.Rollout = r
	}
	return out
}

// groupRollout is the group's that runs or the last; nil if the members have none in
// common.
func (w *world) groupRollout(g *config.Group, of func(*upstream) *rollout.State) *GroupRollout {
	var out GroupRollout
	for i, name := range g.Upstreams {
		u := w.upstreams[name]
		s := of(u)
		if s == nil || s.Plan.GroupName != g.Name || i > 0 && s.ID != out.State.ID {
			return nil
		}
		part := *s
		if u.record.Split.Stable != part.Plan.To {
			part.Plan.KeepWarm = 0 // the way back was taken
		}
		if i == 0 {
			out.State = part
		}
		out.Parts = append(out.Parts, Part{Upstream: name, State: part})
	}
	out.sum()
	return &out
}

// sum makes the state one of all: a member that holds or has reverted says why, and the
// report counts what users of all have had.
func (r *GroupRollout) sum() {
	for _, p := range r.Parts {
		if s := p.State; s.Phase == rollout.Holding && r.State.Phase != rollout.Holding && !r.State.Phase.Ended() {
			r.State.Phase, r.State.Reason = s.Phase, ofMember(p.Upstream, s.Reason)
		}
	}
	if r.State.Phase == rollout.Reverted && r.State.By == "" {
		r.State.Reason = ofMember(r.Parts[0].Upstream, r.State.Reason)
	}
	var all rollout.Report
	for _, p := range r.Parts {
		one := p.State.Report
		if one == nil {
			return
		}
		all.Requests += one.Requests
		all.UserErrors += one.UserErrors
		all.FailedAttempts += one.FailedAttempts
		if s := one.SecondsToZero; s != nil && (all.SecondsToZero == nil || *s > *all.SecondsToZero) {
			all.SecondsToZero = s
		}
	}
	all.Availability = 100
	if all.Requests > 0 {
		all.Availability = 100 * (1 - float64(min(all.UserErrors, all.Requests))/float64(all.Requests))
	}
	r.State.Report = &all
}
