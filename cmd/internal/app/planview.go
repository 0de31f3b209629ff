package app

import (
	"time"

	"weir/balancer/rollout"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

// planView is a plan in the API's words.
func planView(p *control.PlanView) api.Plan {
	out := api.Plan{
		Strategy: p.Plan.Strategy, From: p.Plan.From, To: p.Plan.To,
		RequestsPerSecond: p.RPS, ErrorRate: p.ErrorRate, ErrorRateSource: p.Source,
		Steps: make([]api.PlanStep, len(p.Steps)), Bake: p.Plan.Bake.Seconds(), Least: orNull(p.Least),
	}
	for i, s := range p.Steps {
		out.Steps[i] = api.PlanStep{
			Weight: s.Percent, Segment: s.Segment, Mirror: s.Mirror, Hold: s.Hold.Seconds(), Pause: s.Pause, Certified: s.Certified, MaxHold: s.MaxHold.Seconds(),
			Least: orNull(s.Least), Requests: s.Requests, Ahead: s.Ahead,
			Seen: api.Seen{
				Double: orNull(s.Double), Five: orNull(s.Five), Ten: orNull(s.Ten), Dead: orNull(s.Dead), Hanging: orNull(s.Hanging),
			},
		}
	}
	for _, g := range p.Plan.Gates {
		out.Gates = append(out.Gates, api.PlanGate{Name: g.Name, At: g.At})
	}
	if i := writesFrom(p); i >= 0 {
		out.Steps[i].Writes = true
	}
	return out
}

// writesFrom is the step that switches pinned writes; -1 when none are.
func writesFrom(p *control.PlanView) int {
	if !p.Plan.PinWrites {
		return -1
	}
	for i, s := range p.Steps {
		if s.SwitchWrites {
			return i
		}
	}
	return len(p.Steps) - 1
}

// orNull is a time in seconds, nil when it never comes.
func orNull(d time.Duration) *float64 {
	if d == rollout.Never {
		return nil
	}
	s := d.Seconds()
	return &s
}
