package app

import (
	"context"
	"encoding/json"
	"errors"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/proxy/admin"
	"weir/proxy/admin/api"
	"weir/proxy/control"
)

// backend lets the admin API act on the control plane.
type backend struct{ *app }

func (a *app) adminOptions(address string) admin.Options {
	return admin.Options{
		Backend: backend{a},
		Events:  a.events,
		Metrics: a.metrics,
		Address: address,
		Log:     a.log,
	}
}

func (b backend) Upstreams() []api.Upstream {
	views := b.control.Upstreams()
	out := make([]api.Upstream, len(views))
	for i, v := range views {
		out[i] = upstreamView(v)
	}
	return out
}

func (b backend) Upstream(name string) (api.Upstream, bool) {
	v, ok := b.control.Upstream(name)
	if !ok {
		return api.Upstream{}, false
	}
	return upstreamView(v), true
}

func (b backend) Rollout(upstream string) (api.Rollout, error) {
	if _, ok := b.control.Upstream(upstream); !ok {
		return api.Rollout{}, noUpstream(upstream)
	}
	s, ok := b.control.Rollout(upstream)
	if !ok {
		return api.Rollout{}, &admin.Refusal{Kind: admin.NotFound, Detail: upstream + ": there has been no rollout"}
	}
	return rolloutView(s), nil
}

func (b backend) History(upstream string) ([]api.Revision, error) {
	revisions, ok := b.control.History(upstream)
	if !ok {
		return nil, noUpstream(upstream)
	}
	out := make([]api.Revision, len(revisions))
	for i, r := range revisions {
		out[i] = revisionView(r)
	}
	return out, nil
}

func noUpstream(name string) error {
	return &admin.Refusal{Kind: admin.NotFound, Detail: name + ": no such upstream"}
}

func (b backend) SetSplit(ctx context.Context, upstream string, weights map[string]float64, m admin.Meta) error {
	_, err := b.control.SetSplit(ctx, upstream, weights, meta(m))
	return refusal(err)
}

func (b backend) StartRollout(ctx context.Context, upstream string, r api.RolloutRequest, m admin.Meta) error {
	_, err := b.control.StartRollout(ctx, upstream, control.StartOptions{To: r.To, Strategy: r.Strategy, ID: r.ID}, meta(m))
	return refusal(err)
}

func (b backend) Command(ctx context.Context, upstream string, verb api.Verb, full bool, m admin.Meta) error {
	commands := map[api.Verb]rollout.Command{
		api.Promote: rollout.Promote,
		api.Pause:   rollout.Pause,
		api.Resume:  rollout.Resume,
		api.Abort:   rollout.Abort,
	}
	c := commands[verb]
	if full {
		c = rollout.PromoteFull
	}
	_, err := b.control.Command(ctx, upstream, c, meta(m))
	return refusal(err)
}

func (b backend) Undo(ctx context.Context, upstream string, toRevision uint64, m admin.Meta) error {
	_, err := b.control.Undo(ctx, upstream, toRevision, meta(m))
	return refusal(err)
}

func (b backend) SetEndpoint(ctx context.Context, upstream, address string, r api.EndpointRequest, m admin.Meta) error {
	p := control.EndpointPatch{Weight: r.Weight, Version: r.Version}
	if r.State != nil {
		s, ok := balancer.ParseAdminState(*r.State)
		if !ok {
			return &admin.Refusal{Kind: admin.Invalid, Detail: "state: " + *r.State + ": want up, drain or down"}
		}
		p.State = &s
	}
	_, err := b.control.SetEndpoint(ctx, upstream, address, p, meta(m))
	return refusal(err)
}

func (b backend) Reload(ctx context.Context) (api.ReloadResult, error) {
	r, err := b.reload(ctx)
	if err != nil {
		return api.ReloadResult{}, refusal(err)
	}
	return api.ReloadResult{Generation: r.Generation, Changed: append([]string{}, r.Changed...), Warnings: r.Warnings}, nil
}

func (b backend) Config() (json.RawMessage, error) {
	return json.MarshalIndent(b.control.Config().Document(), "", "  ")
}

func (b backend) Status() api.Status {
	s := b.control.Status()
	return api.Status{
		Version:    b.version,
		StartedAt:  b.started,
		Generation: s.Generation,
		Inflight:   b.server.Inflight(),
		Ready:      b.ready.Load(),
		State:      api.StateStatus{OK: s.State.OK, Error: s.State.Error},
		Reload:     api.ReloadStatus{OK: s.Reload.OK, At: s.Reload.At, File: s.Reload.File, Error: s.Reload.Error},
		Drift:      s.Drift,
	}
}

func meta(m admin.Meta) control.Meta {
	return control.Meta{IfMatch: m.IfMatch, Author: m.Author, Reason: m.Reason}
}

// kinds are the API's words for the control plane's.
var kinds = map[control.Kind]admin.Kind{
	control.NotFound:    admin.NotFound,
	control.Conflict:    admin.Conflict,
	control.Stale:       admin.Stale,
	control.Invalid:     admin.Invalid,
	control.Unavailable: admin.Unavailable,
}

// refusal turns the control plane's refusals into the API's. Any other error
// stays as it is.
func refusal(err error) error {
	if r, ok := errors.AsType[*control.Refusal](err); ok {
		return &admin.Refusal{Kind: kinds[r.Kind], Detail: r.Msg}
	}
	return err
}
