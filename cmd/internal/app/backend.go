package app

import (
	"context"
	"encoding/json"
	"errors"

	"weir/balancer/rollout"
	"weir/proxy/admin"
	"weir/proxy/admin/api"
	"weir/proxy/control"
	"weir/proxy/control/notify"
)

// backend lets the admin API act on the control plane.
type backend struct{ *app }

func (a *app) adminOptions(address string) admin.Options {
	return admin.Options{
		Backend:      backend{a},
		Events:       a.events,
		Metrics:      a.metrics,
		Address:      address,
		Tokens:       a.tokens.keyring(),
		Audit:        a.audit,
		Certificates: a.clients,
		URL:          a.control.Config().Admin.URL,
		Flags:        flagSource{a.control, &a.flags},
		Origins:      a.flagOrigins,
		Log:          a.log,
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

func (b backend) Upstream(name string) (api.Upstream, error) {
	return answer(b.control.Upstream(name))
}

func (b backend) Rollout(upstream string) (api.Rollout, error) {
	s, err := b.control.Rollout(upstream)
	if err != nil {
		return api.Rollout{}, refusal(err)
	}
	out := rolloutView(s)
	gates, err := b.control.Gates(upstream)
	if err != nil {
		return api.Rollout{}, refusal(err)
	}
	out.Gates = gatesWithoutLinks(gates)
	return out, nil
}

func (b backend) Gates(upstream string) ([]api.Gate, error) {
	return b.gates(b.control.Gates(upstream))
}

// gates are those that the control plane has answered with, and the links of approvals.
func (b backend) gates(gates []control.GateView, err error) ([]api.Gate, error) {
	if err != nil {
		return nil, refusal(err)
	}
	out := make([]api.Gate, len(gates))
	for i, g := range gates {
		out[i] = gateView(g, b.control.Config().Admin.URL)
	}
	return out, nil
}

func (b backend) Approve(ctx context.Context, upstream, gate string, yes bool, m admin.Meta) (api.Upstream, error) {
	return answer(b.control.Approve(ctx, upstream, gate, yes, meta(m)))
}

func (b backend) Approval(token string) (api.Approval, error) {
	a, err := b.control.Approval(token)
	if err != nil {
		return api.Approval{}, refusal(err)
	}
	return api.Approval{
		Upstream: a.Upstream, Flag: a.Flag, Rollout: a.Rollout, Gate: a.Gate, At: a.Point, From: a.From, To: a.To,
		Weight: a.Percent, Reason: a.Reason, Expires: a.Expires,
	}, nil
}

func (b backend) ApproveLink(ctx context.Context, token string, yes bool, m admin.Meta) error {
	if err := b.control.ApproveLink(ctx, token, yes, meta(m)); err != nil {
		return refusal(err)
	}
	return nil
}

func (b backend) Plan(upstream, to string) (api.Plan, error) {
	p, err := b.control.Plan(upstream, to)
	if err != nil {
		return api.Plan{}, refusal(err)
	}
	return planView(&p), nil
}

func (b backend) History(upstream string) ([]api.Revision, error) {
	revisions, err := b.control.History(upstream)
	if err != nil {
		return nil, refusal(err)
	}
	out := make([]api.Revision, len(revisions))
	for i, r := range revisions {
		out[i] = revisionView(r)
	}
	lasted(out)
	return out, nil
}

func (b backend) SetSplit(ctx context.Context, upstream string, weights map[string]float64, m admin.Meta) (api.Upstream, error) {
	return answer(b.control.SetSplit(ctx, upstream, weights, meta(m)))
}

func (b backend) StartRollout(ctx context.Context, upstream string, r api.RolloutRequest, m admin.Meta) (api.Upstream, error) {
	o := control.StartOptions{To: r.To, Strategy: r.Strategy, ID: r.ID}
	return answer(b.control.StartRollout(ctx, upstream, o, meta(m)))
}

// commands are the control plane's words for the API's verbs.
var commands = map[api.Verb]rollout.Command{
	api.Promote: rollout.Promote,
	api.Pause:   rollout.Pause,
	api.Resume:  rollout.Resume,
	api.Abort:   rollout.Abort,
}

func (b backend) Command(ctx context.Context, upstream string, verb api.Verb, full bool, m admin.Meta) (api.Upstream, error) {
	return answer(b.control.Command(ctx, upstream, command(verb, full, m), meta(m)))
}

func command(verb api.Verb, full bool, m admin.Meta) rollout.Command {
	switch {
	case full:
		return rollout.PromoteFull
	case m.Override:
		return rollout.AbortForce
	}
	return commands[verb]
}

func (b backend) Undo(ctx context.Context, upstream string, toRevision uint64, m admin.Meta) (api.Upstream, error) {
	return answer(b.control.Undo(ctx, upstream, toRevision, meta(m)))
}

func (b backend) SetEndpoint(ctx context.Context, upstream, address string, r api.EndpointRequest, m admin.Meta) (api.Upstream, error) {
	p := control.EndpointPatch{State: r.State, Weight: r.Weight, Version: r.Version}
	return answer(b.control.SetEndpoint(ctx, upstream, address, p, meta(m)))
}

func (b backend) SetReadOnly(ctx context.Context, upstream string, on bool, m admin.Meta) (api.Upstream, error) {
	return answer(b.control.SetReadOnly(ctx, upstream, on, meta(m)))
}

// answer is what the control plane answers, in the API's words.
func answer(u control.UpstreamView, err error) (api.Upstream, error) {
	if err != nil {
		return api.Upstream{}, refusal(err)
	}
	return upstreamView(u), nil
}

func (b backend) Reload(ctx context.Context) (api.ReloadResult, error) {
	r, err := b.reload(ctx)
	if err != nil {
		return api.ReloadResult{}, refusal(err)
	}
	return api.ReloadResult{Generation: r.Generation, Changed: r.Changed, Warnings: r.Warnings}, nil
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
		Tunnels:    b.server.Tunnels(),
		Ready:      b.ready.Load(),
		State:      api.StateStatus{OK: s.State.OK, Error: s.State.Error},
		Reload:     api.ReloadStatus{OK: s.Reload.OK, At: s.Reload.At, File: s.Reload.File, Error: s.Reload.Error},
		Drift:      s.Drift,
		Notify:     notifyStatus(b.control.Notifications()),
		Audit:      b.auditStatus(),
		Tokens:     b.tokens.status(),
	}
}

func notifyStatus(in []notify.Stats) []api.NotifyStatus {
	var out []api.NotifyStatus
	for _, s := range in {
		out = append(out, api.NotifyStatus{
			Name: s.Name, Queued: s.Queued, Delivered: s.Delivered, Failed: s.Failed, Dropped: s.Dropped, Error: s.Error,
		})
	}
	return out
}

func meta(m admin.Meta) control.Meta {
	return control.Meta{IfMatch: m.IfMatch, Author: m.Author, From: m.From, Reason: m.Reason, Override: m.Override}
}

// kinds are the API's words for the control plane's.
var kinds = map[control.Kind]admin.Kind{
	control.NotFound:    admin.NotFound,
	control.Conflict:    admin.Conflict,
	control.Stale:       admin.Stale,
	control.Invalid:     admin.Invalid,
	control.Unavailable: admin.Unavailable,
	control.Gone:        admin.Gone,
}

// refusal turns the control plane's refusals into the API's. Any other error
// stays as it is.
func refusal(err error) error {
	if r, ok := errors.AsType[*control.Refusal](err); ok {
		return &admin.Refusal{Kind: kinds[r.Kind], Detail: r.Msg}
	}
	return err
}
