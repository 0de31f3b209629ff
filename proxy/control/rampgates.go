package control

import (
	"context"
	"slices"

	"weir/balancer/rollout"
	"weir/config"
)

// event implements gateOwner.
func (h *rampHost) event() Event { return Event{Flag: h.key} }

// lives implements gateOwner.
func (h *rampHost) lives() context.Context { return h.live.ctx }

// running implements gateOwner.
func (h *rampHost) running() *rollout.State { return h.flags().record(h.key).running() }

// gate implements gateOwner.
func (h *rampHost) gate(name string) (cfg *config.Gate, there bool) {
	f := h.flags()
	if f == nil {
		return nil, false
	}
	if r := f.rollout(h.key); r != nil {
		cfg = gateNamed(r.Gates, name)
	}
	return cfg, true
}

// answers implements gateOwner.
func (h *rampHost) answers() []GateResult {
	if r := h.flags().record(h.key); r != nil {
		return r.Gates
	}
	return nil
}

// keep implements gateOwner.
func (h *rampHost) keep(all []GateResult, safety bool) error {
	r := h.flags().record(h.key)
	if r == nil {
		return nil
	}
	return h.control.noteFlag(h.key, r.withGates(all), safety)
}

// begun implements gateOwner: a flag changes no schema.
func (h *rampHost) begun(context.Context, *rollout.Plan) {}

// wake implements gateOwner. Of a flag that no request of users asks for the engine looks soon.
func (h *rampHost) wake() {
	if f := h.flags(); f != nil && f.live[h.key] != nil {
		wakeUp(f.live[h.key].proxied.Wake)
	}
}

// wanted are the answers of the record's ramp. r may be nil.
func (r *flagRecord) wanted(results []GateResult) []GateResult {
	last := r.last()
	return slices.DeleteFunc(slices.Clone(results), func(g GateResult) bool { return last == nil || last.ID != g.Rollout })
}

// withGates returns the record with what gates have answered.
func (r *flagRecord) withGates(results []GateResult) *flagRecord {
	next := *r
	next.Gates = r.wanted(results)
	i := slices.IndexFunc(r.History, func(h FlagRevision) bool {
		return r.Rollout != nil && h.Rollout != nil && h.Rollout.ID == r.Rollout.ID
	})
	if i >= 0 {
		next.History = slices.Clone(r.History)
		next.History[i].Gates = answersOf(results, r.Rollout.ID)
	}
	return &next
}

// RampGates are Gates of a flag's ramp.
func (c *Control) RampGates(key string) ([]GateView, error) {
	w := c.current.Load() // in another one there may be no flags any more
	s, err := w.ramp(key)
	if err != nil {
		return nil, err
	}
	l := w.flags.ramps[key]
	if l == nil {
		return nil, nil // it can have no ramp any more
	}
	return l.asker.views(&s), nil
}

// ApproveRamp is Approve of a flag's ramp.
func (c *Control) ApproveRamp(ctx context.Context, key, gateName string, yes bool, m Meta) (FlagView, error) {
	var view FlagView
	err := c.do(ctx, func() error {
		d, r, err := c.findFlag(key, m.IfMatch)
		if err != nil {
			return err
		}
		f := c.current.Load().flags
		l := f.ramps[key]
		if l == nil || r.last() == nil {
			return f.noRamp(key, "approve")
		}
		n, err := l.asker.toApprove("flag "+key, r.last(), gateName)
		if err != nil {
			return err
		}
		if err := l.asker.answer(n, gateName, yes, m); err != nil {
			return err
		}
		view = c.current.Load().flags.view(d)
		return nil
	})
	if err != nil {
		return FlagView{}, err
	}
	return view, nil
}
