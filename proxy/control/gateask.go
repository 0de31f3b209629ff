package control

import (
	"strconv"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/gate"
)

// planGates are a file's gates as the machine knows them.
func planGates(gates []config.Gate) []rollout.PlanGate {
	var out []rollout.PlanGate
	for _, g := range gates {
		out = append(out, rollout.PlanGate{Name: g.Name, At: g.At, Held: g.Held, Approval: g.Approval, Steps: g.Steps})
	}
	return out
}

// question is what a gate is asked of a rollout.
func question(whose *Event, s *rollout.State, q rollout.Asked, g *rollout.PlanGate) *gate.Question {
	key := s.ID + "/" + g.Name
	if q.Step > 0 {
		key += "/" + strconv.Itoa(q.Step)
	}
	return &gate.Question{
		Gate: g.Name, Phase: q.Point, Rollout: s.ID, Upstream: whose.Upstream, Flag: whose.Flag, From: s.Plan.From, To: s.Plan.To,
		Weight: s.Percent, Reason: s.Reason, Key: key,
	}
}

// policy is how often a gate is asked.
func policy(g *config.Gate) gate.Policy {
	return gate.Policy{
		InitialDelay: g.InitialDelay, Interval: g.Interval, Timeout: g.Timeout, Count: g.Count,
		FailureLimit: g.FailureLimit, InconclusiveLimit: g.InconclusiveLimit, ErrorLimit: g.ErrorLimit, DryRun: g.DryRun,
	}
}

// askerOf is who asks a gate that is no approval.
func askerOf(g *config.Gate, q *gate.Question) gate.Asker {
	fill := func(s string) string {
		return config.FillPlaceholders(s, func(name string) string {
			return map[string]string{"from": q.From, "to": q.To, "upstream": q.Upstream, "flag": q.Flag}[name]
		})
	}
	switch {
	case g.HTTP != nil:
		return &gate.Hook{URL: g.HTTP.URL, Method: g.HTTP.Method, Headers: gateHeaders(g.HTTP.Headers)}
	case g.Prometheus != nil:
		p := g.Prometheus
		return &gate.Prometheus{URL: p.URL, Query: fill(p.Query), Headers: gateHeaders(p.Headers), Bounds: gate.Bounds(p.Bounds)}
	case g.JSON != nil:
		j := g.JSON
		return &gate.Document{URL: fill(j.URL), Path: j.Path, Headers: gateHeaders(j.Headers), Equals: j.Equals, Bounds: gate.Bounds(j.Bounds)}
	}
	return &gate.Command{Args: g.Exec}
}

func gateHeaders(in []config.Pair) []gate.Header {
	out := make([]gate.Header, len(in))
	for i, h := range in {
		out[i] = gate.Header{Name: h.Name, Value: h.Value}
	}
	return out
}
