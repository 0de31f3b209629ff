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
	o.CandidateUsable, o.StableUsable = 1, 1
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

// Commit implements rollout.Host. It waits for the writer's answer even when ctx
// ends, because only that says whether the change was made.
func (h *rampHost) Commit(ctx context.Context, ch rollout.Change) (uint64, error) {
	var revision uint64
	answer, err := h.control.hand(ctx, func() (err error) {
		revision, err = h.commit(ctx, &ch)
		return err
	})
	if err == nil {
		err = <-answer
	}
	return revision, err
}

// Announce implements rollout.Host.
func (h *rampHost) Announce(s rollout.State) {
	if h.flags() != nil {
		h.control.toldRamp(h.key, &s)
	}
}

// toldRamp tells people of a ramp.
func (c *Control) toldRamp(key string, s *rollout.State) {
	f := c.current.Load().flags
	if l := f.ramps[key]; l != nil {
		l.endings.count(s.Phase)
	}
	c.opts.Log.Info().Str(keyFlag, key).Str(keyRollout, s.ID).Str(keyFrom, s.Plan.From).Str(keyTo, s.Plan.To).
		Str(keyPhase, string(s.Phase)).Int(keyStep, s.StepNumber()).Float64(keyPercent, s.Percent).Str(keyReason, s.Reason).Msg("rollout")
	c.emit(Event{
		Kind: EventRollout, Flag: key, Version: s.Plan.To, Revision: f.record(key).revision(), State: string(s.Phase), Reason: s.Reason, Move: moveOf(s),
	})
}
