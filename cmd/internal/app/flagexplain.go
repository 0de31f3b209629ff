package app

import (
	"weir/proxy/admin/api"
	"weir/proxy/control"
	"weir/proxy/flag"
)

func (b backend) EvaluateFlag(key string, attributes map[string]any, explain bool) (api.Evaluation, error) {
	if !explain {
		d, err := b.control.EvaluateFlag(key, attributes)
		if err != nil {
			return api.Evaluation{}, refusal(err)
		}
		return evaluation(key, &d), nil
	}
	e, err := b.control.ExplainFlag(key, attributes)
	if err != nil {
		return api.Evaluation{}, refusal(err)
	}
	out := evaluation(key, &e.Decision)
	out.Explanation = &api.FlagExplanation{By: e.By, Segment: e.Segment, Rule: make([]api.RulePart, len(e.Rule)), Cut: e.Cut, Ramp: rampPlace(e.Ramp)}
	for i := range e.Rule {
		out.Explanation.Rule[i] = rulePart(&e.Rule[i])
	}
	return out, nil
}

func evaluation(key string, d *flag.Decision) api.Evaluation {
	return api.Evaluation{
		Key: key, Variant: named(d.Variant), Value: jsonOrNull(d.Value), Reason: d.Reason,
		ErrorCode: d.Code, ErrorDetails: d.Detail, Metadata: jsonOrNull(d.Metadata),
	}
}

func rulePart(p *flag.Part) api.RulePart {
	out := api.RulePart{
		Depth: p.Depth, Role: p.Role, File: p.File, Line: p.Line, Operator: p.Operator, Written: p.Written, Says: p.Says.AppendJSON(nil),
		Holds: p.Holds, Decided: p.Decided, Attributes: make([]api.FlagAttribute, len(p.Attributes)), Place: p.Place, Places: p.Places,
	}
	for i, a := range p.Attributes {
		out.Attributes[i] = api.FlagAttribute{Name: a.Name, Value: a.Value.AppendJSON(nil)}
	}
	return out
}

func rampPlace(r *control.RampPlace) *api.RampPlace {
	if r == nil {
		return nil
	}
	out := &api.RampPlace{To: r.To, Running: r.Running, At: r.At, Step: r.Step, By: r.By, Steps: r.Steps}
	if r.Named {
		out.Place = &r.Place
	}
	return out
}
