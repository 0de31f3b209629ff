package app

import (
	"context"

	"weir/balancer/rollout"
	"weir/proxy/admin"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

func (b backend) FlagRollout(key string) (api.Rollout, error) {
	s, err := b.control.Ramp(key)
	if err != nil {
		return api.Rollout{}, refusal(err)
	}
	out := rolloutView(s)
	gates, err := b.control.RampGates(key)
	if err != nil {
		return api.Rollout{}, refusal(err)
	}
	out.Gates = gatesWithoutLinks(gates)
	return out, nil
}

func (b backend) FlagGates(key string) ([]api.Gate, error) { return b.gates(b.control.RampGates(key)) }

func (b backend) ApproveFlag(ctx context.Context, key, gate string, yes bool, m admin.Meta) (api.Flag, error) {
	return flagAnswer(b.control.ApproveRamp(ctx, key, gate, yes, meta(m)))
}

func (b backend) FlagPlan(key, to string) (api.Plan, error) {
	p, err := b.control.RampPlan(key, to)
	if err != nil {
		return api.Plan{}, refusal(err)
	}
	return planView(&p), nil
}

func (b backend) StartFlagRollout(ctx context.Context, key string, r api.FlagRolloutRequest, m admin.Meta) (api.Flag, error) {
	return flagAnswer(b.control.StartRamp(ctx, key, control.RampOptions{To: r.To, ID: r.ID}, meta(m)))
}

func (b backend) CommandFlag(ctx context.Context, key string, verb api.Verb, full bool, m admin.Meta) (api.Flag, error) {
	return flagAnswer(b.control.CommandRamp(ctx, key, command(verb, full, m), meta(m)))
}

// rampOf is the rollout of a flag that runs; nil: there is none.
func rampOf(s *rollout.State) *api.Rollout {
	if s == nil {
		return nil
	}
	v := rolloutView(*s)
	return &v
}

// rampOfHistory is the rollout that has made a revision, whose report has the numbers.
func rampOfHistory(s *rollout.State) *api.Rollout {
	v := rampOf(s)
	if v != nil {
		v.Evidence = nil
	}
	return v
}
