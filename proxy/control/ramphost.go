package control

import (
	"context"

	"weir/balancer/rollout"
	"weir/health/outcome"
)

// rampHost is the control plane of one flag as the engine of its ramps sees it. What a
// flag has no endpoints to say of is as it is for versions that lack nothing: they are
// usable and have room. Only checks it has none that could pass.
type rampHost struct {
	control *Control
	key     string
	live    *liveRamp // that the engine is of

	// Kept between observations, which are the engine's goroutine's only.
	in, beside outcome.Totals
	// Latencies of an observation, until the next.
	candidate, stable rollout.Latency
}

// flags are the present generation's; nil when the flag is gone, or is another one of
// that key.
func (h *rampHost) flags() *flags {
	f := h.control.current.Load().flags
	if f == nil || f.ramps[h.key] != h.live {
		return nil
	}
	return f
}

// Brief implements rollout.Host.
func (h *rampHost) Brief() rollout.Brief {
	f := h.flags()
	if f == nil {
		return rollout.Brief{}
	}
	r := f.record(h.key)
	b := rollout.Brief{Revision: r.revision()}
	if run := r.running(); run != nil {
		b.Rollout = &rollout.Subject{State: *run, Trip: f.trips[h.key]}
	}
	return b
}

// Observe implements rollout.Host. Of a flag that no request of users asks for nothing is
// known: whoever ramps it promotes it.
func (h *rampHost) Observe(candidate string, o *rollout.Observation) {
	*o = rollout.Observation{Endpoints: o.Endpoints, FailedIDs: o.FailedIDs, FailedSeen: o.FailedSeen, Bounds: o.Bounds}
	f := h.flags()
	if f == nil {
		return
	}
	r := f.record(h.key)
	if o.Adopted = r.running() == nil && r != nil && r.Set.Variant == candidate; o.Adopted {
		return
	}
	o.CandidateUsable, o.StableUsable, o.Gates = 1, 1, h.live.asker.report()
	l := f.live[h.key]
	if l == nil {
		return
	}
	arms := l.proxied.Arms
	arms.In.Totals(&h.in)
	arms.Beside.Totals(&h.beside)
	h.candidate, h.stable = h.in.FirstLatency.Counts, h.beside.FirstLatency.Counts
	o.Candidate, o.CandidateLatency = firsts(&h.in), &h.candidate
	o.Stable, o.StableLatency = firsts(&h.beside), &h.stable
	o.CandidateWrites = pinnedWrites(&h.in)
	o.FailedSeen = arms.Failures.Latest(&o.FailedIDs, o.FailedSeen)
	for _, t := range []*outcome.Totals{&h.in, &h.beside} {
		o.Users += endedAttempts(t)
		o.FailedAttempts += t.FailedAttempts()
	}
	o.UserErrors = o.FailedAttempts // each is what a user saw in the end
}

// Commit implements rollout.Host.
func (h *rampHost) Commit(ctx context.Context, ch rollout.Change) (uint64, error) {
	return h.control.commit(ctx, func() (uint64, error) { return h.commit(ctx, &ch) })
}

// Announce implements rollout.Host.
func (h *rampHost) Announce(s rollout.State) {
	if f := h.flags(); f != nil {
		h.live.asker.see(&s)
		h.control.toldRamp(f, h.key, &s)
	}
}

// toldRamp tells people of a ramp. f are the flags of which it is one: those of the
// present may be others, or none, by the time an engine comes to it.
func (c *Control) toldRamp(f *flags, key string, s *rollout.State) {
	if l := f.ramps[key]; l != nil {
		l.endings.count(s.Phase)
	}
	c.tell(s, Event{Flag: key, Revision: f.record(key).revision()})
}
