package app

import (
	"context"

	"weir/proxy/admin"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

func (b backend) Groups() []api.Group {
	views := b.control.Groups()
	out := make([]api.Group, len(views))
	for i, v := range views {
		out[i] = groupView(v)
	}
	return out
}

func (b backend) Group(name string) (api.Group, error) { return groupAnswer(b.control.Group(name)) }

func (b backend) GroupRollout(name string) (api.GroupRollout, error) {
	r, err := b.control.GroupRollout(name)
	if err != nil {
		return api.GroupRollout{}, refusal(err)
	}
	return groupRolloutView(r), nil
}

func (b backend) StartGroup(ctx context.Context, name string, r api.RolloutRequest, m admin.Meta) (api.Group, error) {
	o := control.StartOptions{To: r.To, Strategy: r.Strategy, ID: r.ID}
	return groupAnswer(b.control.StartGroup(ctx, name, o, meta(m)))
}

func (b backend) CommandGroup(ctx context.Context, name string, verb api.Verb, full bool, m admin.Meta) (api.Group, error) {
	return groupAnswer(b.control.CommandGroup(ctx, name, command(verb, full, m), meta(m)))
}

func (b backend) UndoGroup(ctx context.Context, name string, m admin.Meta) (api.Group, error) {
	return groupAnswer(b.control.UndoGroup(ctx, name, meta(m)))
}

// groupAnswer is what the control plane answers, in the API's words.
func groupAnswer(g control.GroupView, err error) (api.Group, error) {
	if err != nil {
		return api.Group{}, refusal(err)
	}
	return groupView(g), nil
}

func groupView(g control.GroupView) api.Group {
	out := api.Group{Name: g.Name, Upstreams: make([]api.Upstream, len(g.Members))}
	for i, u := range g.Members {
		out.Upstreams[i] = upstreamView(u)
	}
	if g.Rollout != nil {
		r := groupRolloutView(*g.Rollout)
		out.Rollout = &r
	}
	return out
}

func groupRolloutView(r control.GroupRollout) api.GroupRollout {
	out := api.GroupRollout{Rollout: rolloutView(r.State), Parts: make([]api.Part, len(r.Parts))}
	for i, p := range r.Parts {
		out.Parts[i] = api.Part{Upstream: p.Upstream, Rollout: rolloutView(p.State)}
	}
	return out
}
