package app

import (
	"context"
	"encoding/json"

	"weir/proxy/admin"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

func (b backend) Flags() []api.Flag {
	var out []api.Flag
	for _, v := range b.control.Flags() {
		out = append(out, flagView(v))
	}
	return out
}

func (b backend) Flag(key string) (api.Flag, error) { return flagAnswer(b.control.Flag(key)) }

func (b backend) FlagHistory(key string) ([]api.FlagRevision, error) {
	history, err := b.control.FlagHistory(key)
	if err != nil {
		return nil, refusal(err)
	}
	var out []api.FlagRevision
	for i := range history {
		out = append(out, flagRevisionView(&history[i]))
	}
	return out, nil
}

func (b backend) SetFlag(ctx context.Context, key string, r api.FlagRequest, m admin.Meta) (api.Flag, error) {
	p := control.FlagPatch{Enabled: r.Enabled}
	if r.Variant.Given {
		p.Variant = &r.Variant.Name
	}
	return flagAnswer(b.control.SetFlag(ctx, key, p, meta(m)))
}

func (b backend) UndoFlag(ctx context.Context, key string, toRevision uint64, m admin.Meta) (api.Flag, error) {
	return flagAnswer(b.control.UndoFlag(ctx, key, toRevision, meta(m)))
}

// flagAnswer is what the control plane answers, in the API's words.
func flagAnswer(v control.FlagView, err error) (api.Flag, error) {
	if err != nil {
		return api.Flag{}, refusal(err)
	}
	return flagView(v), nil
}

func flagView(v control.FlagView) api.Flag {
	out := api.Flag{
		Key: v.Key, Revision: v.Revision, Enabled: v.Enabled, Variant: named(v.Forced), Default: named(v.Default),
		Variants: make([]api.FlagVariant, len(v.Variants)), Counted: v.InPath, None: windowView(v.None),
		Targeting: jsonOrNull(v.Targeting), Metadata: jsonOrNull(v.Metadata), File: v.File, Line: v.Line, Defined: v.FileOn,
	}
	all := v.None.Requests
	for _, of := range v.Variants {
		all += of.Window.Requests
	}
	for i, of := range v.Variants {
		out.Variants[i] = api.FlagVariant{Name: of.Name, Value: jsonOrNull(of.Value), Window: windowView(of.Window)}
		if all > 0 {
			out.Variants[i].Share = float64(of.Window.Requests) / float64(all)
		}
	}
	out.Rollout = rampOf(v.Rollout)
	if v.Last != nil {
		r := flagRevisionView(v.Last)
		out.LastChange = &r
	}
	return out
}

func flagRevisionView(r *control.FlagRevision) api.FlagRevision {
	return api.FlagRevision{
		Revision: r.Revision, At: r.At, Author: r.Author, From: r.From, Source: string(r.Source), Reason: r.Reason,
		Enabled: r.Enabled, Variant: named(r.Variant), Rollout: rampOfHistory(r.Rollout), Gates: answersView(r.Gates),
	}
}

// named is a name as JSON has it, where "" is none.
func named(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// jsonOrNull is JSON that may not be there.
func jsonOrNull(in json.RawMessage) json.RawMessage {
	if in == nil {
		return json.RawMessage("null")
	}
	return in
}

func (a *app) flagMetrics() (out []admin.FlagMetrics, tokens map[string]uint64) {
	flags, tokens := a.control.FlagMetrics()
	for _, f := range flags {
		m := admin.FlagMetrics{Key: f.Key, Rollout: string(f.Rollout)}
		if f.Ended != nil {
			m.Ended = byWord(f.Ended)
		}
		for _, d := range f.Decisions {
			m.Decisions = append(m.Decisions, admin.FlagDecisions(d))
		}
		for i := range f.Arms {
			of := &f.Arms[i]
			m.Arms = append(m.Arms, admin.FlagArmMetrics{Variant: of.Variant, Requests: of.Totals.Requests(), Errors: of.Totals.Failures()})
		}
		out = append(out, m)
	}
	return out, tokens
}
