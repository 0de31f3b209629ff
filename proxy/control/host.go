package control

import (
	"context"
	"slices"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/health/outcome"
)

// host is the control plane of one upstream as its engine sees it.
type host struct {
	control *Control
	name    string
	live    *liveUpstream // of the upstream that the engine was made for

	// Kept between observations, which are the engine's goroutine's only.
	totals outcome.Totals
	users  outcome.UserTotals
	// Latencies of an observation, until the next.
	stable, candidate rollout.Latency
	drained           string // the holder of whose hold it was said that it has drained
}

// upstream is the present generation's; nil when the upstream is gone, or is
// another one of the same name.
func (h *host) upstream() *upstream {
	u := h.control.current.Load().upstreams[h.name]
	if u == nil || u.live != h.live {
		return nil
	}
	return u
}

// Brief implements rollout.Host.
func (h *host) Brief() rollout.Brief {
	u := h.upstream()
	if u == nil {
		return rollout.Brief{}
	}
	return u.brief()
}

// Observe implements rollout.Host.
func (h *host) Observe(candidate string, o *rollout.Observation) {
	u := h.upstream()
	*o = rollout.Observation{Endpoints: o.Endpoints, FailedIDs: o.FailedIDs, FailedSeen: o.FailedSeen, Bounds: o.Bounds}
	if u == nil {
		return
	}
	if o.Adopted = candidate == u.record.Split.Stable; o.Adopted {
		return
	}
	for _, v := range u.versions {
		v.live.stats.Totals(&h.totals)
		o.FailedAttempts += h.totals.FailedAttempts()
		switch v.name {
		case u.record.Split.Stable:
			o.Stable, o.StableUsable = firsts(&h.totals), v.group.Usable()
			o.StableWrites = pinnedWrites(&h.totals)
			h.stable = h.totals.FirstLatency.Counts
			o.StableLatency, o.Sent.Stable = &h.stable, u.sent(v, &h.totals)
			o.StableHealthy = u.healthy(v)
		case candidate:
			o.Candidate, o.CandidateWrites = firsts(&h.totals), pinnedWrites(&h.totals)
			h.candidate = h.totals.FirstLatency.Counts
			o.CandidateLatency, o.Sent.Candidate = &h.candidate, u.sent(v, &h.totals)
			v.live.stats.SlowerThan(o.Bounds)
			o.FailedSeen = v.live.failures.Latest(&o.FailedIDs, o.FailedSeen)
			o.Preparation = h.preparation(v)
			o.Gates = h.live.asker.report()
			o.Mirror = mirrorCounts(v.live.mirrored)
			o.CandidateUsable = v.group.Usable()
			o.RetriesOK = v.live.shield.OK.Load() // before Retries, so that it is never more
			o.Retries = v.live.shield.Retries.Load()
			for i := range v.endpoints {
				e := &v.endpoints[i]
				if l := e.live.live; l.Admin() == balancer.Up && l.Check() == balancer.CheckPending {
					o.CandidatePending++
				}
				n := e.live.stats.Counts()
				o.Endpoints = append(o.Endpoints, rollout.EndpointCount{
					Address: e.address,
					Counts:  rollout.Counts{Requests: n.First, Failures: n.FirstFailed},
					Writes:  rollout.Counts{Requests: n.Writes, Failures: n.WritesFailed},
					Slow:    n.Slow,
				})
			}
		}
	}
	o.Schema = h.schema(u, candidate, time.Now())
	if s, c := u.version(u.record.Split.Stable), u.version(candidate); s != nil && c != nil {
		o.Capacity = u.capacity(s, c, time.Now())
		o.Sent.AsSet = u.asSet(s, c)
		if run := u.record.running(); run != nil && run.Roll != nil && run.Plan.To == candidate {
			h.live.hooks.see(&o.Rolling, s, c)
		}
	}
	if run := u.record.running(); run != nil && len(run.Plan.Group) > 0 && run.Plan.Leader == "" && run.Plan.To == candidate {
		h.gather(u, run, o)
	}
	if s := u.rollout(); s != nil && s.Plan.To == candidate {
		h.hold(u, s)
		o.Hold = heldOf(u, s)
	}
	u.shared.Users.Totals(&h.users)
	o.Users, o.UserErrors = h.users.Requests(), h.users.Errors
}

// healthy reports whether the version's active checks pass somewhere; without
// active checks, whether it has a usable endpoint. With checks an ejection does
// not count: where a version has no traffic nothing else could end it.
func (u *upstream) healthy(v *version) bool {
	if u.config.Health.Active == nil {
		return v.group.Usable() > 0
	}
	return slices.ContainsFunc(v.endpoints, func(e endpoint) bool {
		return e.live.live.Admin() == balancer.Up && e.live.live.Check() == balancer.CheckUp
	})
}

// Commit implements rollout.Host.
func (h *host) Commit(ctx context.Context, ch rollout.Change) (uint64, error) {
	return h.control.commit(ctx, func() (uint64, error) { return h.commit(ctx, &ch) })
}

// commit has the writer make an engine's change, and returns the revision after it. It
// waits for the writer's answer even when ctx ends, because only that says whether the
// change was made.
func (c *Control) commit(ctx context.Context, change func() (uint64, error)) (revision uint64, err error) {
	answer, err := c.hand(ctx, func() (err error) {
		revision, err = change()
		return err
	})
	if err == nil {
		err = <-answer
	}
	return revision, err
}

// Announce implements rollout.Host.
func (h *host) Announce(s rollout.State) {
	u := h.upstream()
	if u == nil {
		return
	}
	if !s.Plan.Guard {
		h.live.asker.see(&s)
	}
	h.control.told(u, &s)
	if !s.Plan.Guard {
		h.hold(u, &s)
	}
}

// told tells people of a rollout or guard.
func (c *Control) told(u *upstream, s *rollout.State) {
	if s.Plan.Guard {
		u.live.judgements.count(s.Phase)
	} else {
		u.live.rollouts.count(s.Phase)
	}
	c.tell(s, Event{Upstream: u.name(), Group: s.Plan.GroupName, Revision: u.record.Revision})
}

// tell logs a state of a rollout or guard, and hands it out; whose says whose it is.
func (c *Control) tell(s *rollout.State, whose Event) {
	key, name := whose.subject()
	c.opts.Log.Info().Str(key, name).Str(keyRollout, s.ID).Str(keyFrom, s.Plan.From).Str(keyTo, s.Plan.To).
		Str(keyPhase, string(s.Phase)).Int(keyStep, s.StepNumber()).Float64(keyPercent, s.Percent).Str(keyReason, s.Reason).Msg("rollout")
	whose.Kind, whose.Version, whose.State, whose.Reason, whose.Move = EventRollout, s.Plan.To, string(s.Phase), s.Reason, moveOf(s)
	c.emit(whose)
}
