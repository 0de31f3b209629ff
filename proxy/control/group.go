package control

import (
	"cmp"
	"slices"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

// A group's rollout is one of each member, with one id, and one trip word between
// them. They are judged one by one; every move, and every way back, is made of all
// their records in one transaction and of all their splits in one snapshot.

// step is what one change makes of one upstream.
type step struct {
	was    *upstream
	record *record   // the next
	next   *upstream // with it; nil before it is built
}

// along is what the change of a group's member makes of the others: the leader's moves
// are theirs, and so is anybody's revert. None when it is about the one alone.
func (c *Control) along(u *upstream, ch *rollout.Change) ([]step, error) {
	p := &ch.State.Plan
	switch {
	case len(p.Group) == 0:
		return nil, nil
	case ch.Start:
		return c.joining(u, ch)
	case p.Leader != "" && !ch.Safety:
		return nil, nil
	}
	var out []step
	now := time.Now()
	for _, m := range c.others(u, p) {
		run := m.rollout()
		if m.record.running() == nil || run.ID != ch.State.ID {
			continue // its part is over, which a revert has nothing to add to
		}
		if run.Phase == rollout.Reverting && !ch.Safety {
			return nil, rollout.ErrStale
		}
		s := run.Along(&ch.State, u.name(), now).Confirmed()
		if s.At(m.record.Rollout) && !s.Phase.Ended() {
			continue
		}
		of := *ch
		of.State, of.Reason = s, s.Reason
		out = append(out, step{was: m, record: m.record.moved(&of)})
	}
	return out, nil
}

// together reports that none of the other members has begun to hold or to revert since
// a move was decided; at a start there is nothing yet that could.
func together(others []step, ch *rollout.Change) bool {
	if ch.Start || ch.Move == rollout.Stay {
		return true
	}
	return !slices.ContainsFunc(others, func(s step) bool {
		run := s.was.rollout()
		return run.Phase == rollout.Holding || run.Phase == rollout.Reverting
	})
}

// others are the group's members besides u, as they are now.
func (c *Control) others(u *upstream, p *rollout.Plan) []*upstream {
	var out []*upstream
	w := c.current.Load()
	for _, name := range p.Group {
		if m := w.upstreams[name]; m != nil && name != u.name() {
			out = append(out, m)
		}
	}
	return out
}

// leader is the upstream that moves the group; nil without one.
func (c *Control) leader(p *rollout.Plan) *upstream {
	if len(p.Group) == 0 {
		return nil
	}
	return c.current.Load().upstreams[p.Group[0]]
}

// joining are the others' rollouts at the start of the group's. Each has to be able to
// begin where the leader does.
func (c *Control) joining(u *upstream, ch *rollout.Change) ([]step, error) {
	p := &ch.State.Plan
	var out []step
	for _, m := range c.others(u, p) {
		if err := m.canJoin(u, ch); err != nil {
			return nil, err
		}
		of := *ch
		of.State = rollout.Join(&ch.State, m.memberPlan(p, u.name()))
		out = append(out, step{was: m, record: m.record.moved(&of)})
	}
	return out, nil
}

// canJoin says whether the upstream can be part of the rollout that lead begins so.
func (u *upstream) canJoin(lead *upstream, ch *rollout.Change) error {
	p, s := &ch.State.Plan, u.record.Split
	if run := u.record.running(); run != nil {
		return u.active(run)
	}
	if s.Stable != p.From {
		return refuse(Conflict, "upstream %s: %s is stable, and %s of %s: want one version in all of group %s",
			u.name(), s.Stable, p.From, lead.name(), p.GroupName)
	}
	if err := u.canStart(p.To, p.Strategy); err != nil {
		return err
	}
	if err := u.canRun(p.To, p.Strategy, lead.migrates(), time.Now()); err != nil {
		return err
	}
	if has := s.percentOf(p.From, p.To); has != ch.State.StartPercent {
		return refuse(Conflict, "upstream %s: %s has %g%%, and %g%% of %s: want one share in all of group %s, such as 0",
			u.name(), p.To, has, ch.State.StartPercent, lead.name(), p.GroupName)
	}
	room := u.capacity(u.version(p.From), u.version(p.To), time.Now())
	if most := room.Candidate; ch.State.Percent > ch.State.StartPercent && most > 0 && most < ch.State.Percent {
		return refuse(Conflict, "upstream %s: start: %s can take %.3g%% now, and would get %g%%: %s",
			u.name(), p.To, most, ch.State.Percent, room.Why)
	}
	return nil
}

// memberPlan is the leader's plan for a member that follows it: it is judged by its own
// rules, and has no gates or approvals of its own to wait for.
func (u *upstream) memberPlan(lead *rollout.Plan, leader string) rollout.Plan {
	p := *lead
	p.Leader, p.Gates = leader, nil
	p.Rules = divided(rules(u.config.Rollout.Revert), len(p.Group))
	if b := p.BlueGreen; b != nil {
		p.BlueGreen = &rollout.BlueGreen{ProgressDeadline: b.ProgressDeadline}
	}
	return p
}

// divided are the rules of one of so many members: any of them reverts all, and the
// bound on false alarms is the group's.
func divided(r rollout.Rules, members int) rollout.Rules {
	r.Alpha /= float64(members)
	return r
}

// gather adds to what a leader observes of itself what the next move needs of the
// others.
func (h *host) gather(u *upstream, run *rollout.State, o *rollout.Observation) {
	for _, m := range h.control.others(u, &run.Plan) {
		name, s := m.name(), m.rollout()
		switch {
		case s == nil || s.ID != run.ID || s.Phase.Ended() || s.Phase == rollout.Reverting:
			o.Group.Lacks = name + ", which goes back"
			return
		case s.Phase == rollout.Holding:
			o.Group.Lacks = name + ": " + s.Reason
		case !s.At(run):
			o.Group.Waits = name + ", which is to follow"
		case !s.Due:
			o.Group.Waits = name + ": " + s.WaitsFor()
		}
		if w := m.schemaFor(run.Plan.To, time.Now()); w.Candidate != "" || w.Unknown != "" {
			o.Group.Lacks = name + ": schema: " + cmp.Or(w.Candidate, w.Unknown)
		}
		stable, candidate := m.version(run.Plan.From), m.version(run.Plan.To)
		if stable == nil || candidate == nil {
			continue
		}
		if room := m.capacity(stable, candidate, time.Now()); room.Candidate > 0 && (o.Capacity.Candidate == 0 || room.Candidate < o.Capacity.Candidate) {
			o.Capacity.Candidate, o.Capacity.Why = room.Candidate, ofMember(name, room.Why)
		}
		if run.Plan.BlueGreen != nil {
			o.Preparation = both(o.Preparation, name, (&host{control: h.control, name: name, live: m.live}).preparation(candidate))
		}
	}
}

// both is how far two preparations are, the second one of the member of that name.
func both(p rollout.Preparation, name string, other rollout.Preparation) rollout.Preparation {
	if other.Failed != "" && p.Failed == "" {
		p.Failed = ofMember(name, other.Failed)
	}
	if !other.Done {
		if p.Done {
			p.Doing = ofMember(name, "is being prepared")
			if other.Doing != "" {
				p.Doing = ofMember(name, other.Doing)
			}
		}
		p.Done = false
	}
	return p
}

func ofMember(name, what string) string {
	if what == "" {
		return name
	}
	return name + ": " + what
}

// regroup ends rollouts of groups that cannot go on as they were kept: a member is
// gone, or was kept at another place. What is left of such a rollout gives everything
// back. The others get the one trip that their group has.
func (c *Control) regroup(ups map[string]*upstream) error {
	shared := map[string]*balancer.Trip{}
	for name, u := range ups {
		run := u.record.running()
		if run == nil || len(run.Plan.Group) == 0 {
			continue
		}
		r, t := u.record, u.trips
		if why := apart(ups, run); why != "" {
			reason := "group: " + why
			p := &run.Plan
			r = r.abandon(reason)
			r = r.revise(r.Split.move(p.From, p.To, 0), cause{Source: SourceRollout, Reason: reason, Rollout: r.Rollout})
			c.opts.Log.Warn().Str(keyUpstream, name).Str(keyGroup, p.GroupName).Str(keyRollout, run.ID).Str(keyReason, why).
				Msg("the rollout of a group cannot go on: everything goes back")
		} else {
			if shared[run.ID] == nil {
				shared[run.ID] = &balancer.Trip{}
			}
			t = t.without(run.Plan.To)
			t[run.Plan.To] = shared[run.ID]
		}
		next, err := u.next(r, t)
		if err != nil {
			return err
		}
		ups[name] = next
	}
	return nil
}

// apart says why the members of a running rollout are not together; "" when they are.
func apart(ups map[string]*upstream, run *rollout.State) string {
	for _, name := range run.Plan.Group {
		m := ups[name]
		if m == nil {
			return name + " is not in the file any more"
		}
		if s := m.record.running(); s == nil || s.ID != run.ID || !s.At(run) {
			return name + " is not where it was with the others"
		}
	}
	return ""
}

// groupFaults are groups that a file changes while their rollout runs.
func groupFaults(w *world, next *config.Config) []fault {
	var out []fault
	for i := range w.config.Groups {
		g := &w.config.Groups[i]
		run := w.upstreams[g.Upstreams[0]].record.running()
		if run == nil || run.Plan.GroupName != g.Name {
			continue
		}
		if n := slices.IndexFunc(next.Groups, func(n config.Group) bool { return n.Name == g.Name }); n < 0 || !slices.Equal(next.Groups[n].Upstreams, g.Upstreams) {
			what := "changed"
			if n < 0 {
				what = "removed"
			}
			out = append(out, faultAt(what+", but rollout "+run.ID+" of the group is running: abort it first", "groups", g.Name))
		}
	}
	return out
}
