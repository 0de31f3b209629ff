package control

import (
	"context"
	"slices"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// gateOwner is whose rollouts an asker asks the gates of, in whatever generation there is now:
// an upstream or a flag. Once that is removed there is nothing of it. Any goroutine may
// call it, keep only the writer.
type gateOwner interface {
	// event is one that names it, and says nothing else.
	event() Event
	// lives ends with it; nil before its engine has begun.
	lives() context.Context
	// running is its rollout in progress; nil: there is none.
	running() *rollout.State
	// gate is a gate of the file; nil: it is not in there any more. there is false once
	// all is removed.
	gate(name string) (cfg *config.Gate, there bool)
	// answers are those that are kept.
	answers() []GateResult
	// keep has these kept instead. What is for safety does not wait for the store.
	keep(all []GateResult, safety bool) error
	// begun is for the gates of before_start having passed.
	begun(ctx context.Context, p *rollout.Plan)
	// wake has the engine look at once.
	wake()
}

// event implements gateOwner.
func (h *host) event() Event { return Event{Upstream: h.name} }

// lives implements gateOwner.
func (h *host) lives() context.Context { return h.live.ctx }

// running implements gateOwner.
func (h *host) running() *rollout.State {
	if u := h.upstream(); u != nil {
		return u.record.running()
	}
	return nil
}

// gate implements gateOwner.
func (h *host) gate(name string) (cfg *config.Gate, there bool) {
	u := h.upstream()
	if u == nil {
		return nil, false
	}
	return gateNamed(u.config.Rollout.Gates, name), true
}

// answers implements gateOwner.
func (h *host) answers() []GateResult {
	if u := h.upstream(); u != nil {
		return u.record.Gates
	}
	return nil
}

// keep implements gateOwner.
func (h *host) keep(all []GateResult, safety bool) error {
	u := h.upstream()
	if u == nil {
		return nil
	}
	c, steps := h.control, []step{{was: u, record: u.record.withGates(all)}}
	if safety {
		c.exchange(steps)
		c.keeper.later(records(steps), time.Now())
		return nil
	}
	return c.note(steps)
}

// begun implements gateOwner: the schema is not what it was.
func (h *host) begun(ctx context.Context, p *rollout.Plan) {
	if u := h.upstream(); u != nil {
		h.control.migrated(ctx, u, p)
	}
}

// wake implements gateOwner.
func (h *host) wake() {
	if u := h.upstream(); u != nil {
		wakeUp(u.shared.Wake)
	}
}

// followGates has the gates asked that the upstream's rollout waits for, and no others.
func (u *upstream) followGates() { u.live.asker.follow(u.record.Rollout, u.record.wanted) }

// wakeUp has who waits for it look at once.
func wakeUp(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default: // it is about to
	}
}

// gateNamed is one of the gates; nil: there is none of that name.
func gateNamed(gates []config.Gate, name string) *config.Gate {
	if i := slices.IndexFunc(gates, func(g config.Gate) bool { return g.Name == name }); i >= 0 {
		return &gates[i]
	}
	return nil
}
