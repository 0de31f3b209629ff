package admin

import (
	"context"
	"encoding/json"

	"weir/proxy/admin/api"
)

// Backend is what the API acts on. All methods may be called from any goroutine.
// It refuses with a *Refusal, for instance NotFound for an upstream that does not
// exist; any other error is answered with 500. Lists may be nil.
//
// Writes return when the change is published (and persisted, where that comes
// first), with the upstream as that very change left it.
type Backend interface {
	// Upstreams are in the order of the configuration file.
	Upstreams() []api.Upstream
	Upstream(name string) (api.Upstream, error)
	// Rollout is the rollout that runs or the last that did; NotFound when there
	// never was one.
	Rollout(upstream string) (api.Rollout, error)
	// Gates are those of the rollout that runs or the last that did, in the order of the
	// plan; NotFound when there never was one.
	Gates(upstream string) ([]api.Gate, error)
	// Plan is what the running rollout, or one that would start now, is to be
	// expected to do; to may be empty where there is only one version to go to.
	Plan(upstream, to string) (api.Plan, error)
	// History is newest first.
	History(upstream string) ([]api.Revision, error)
	// Series is the seconds of an upstream after a time in Unix milliseconds.
	Series(upstream string, since int64) (api.Series, error)

	// SetSplit gives stable, when it is left out, what the others leave of 100.
	SetSplit(ctx context.Context, upstream string, weights map[string]float64, m Meta) (api.Upstream, error)
	// StartRollout ignores Reason and Author of r: they are in m.
	StartRollout(ctx context.Context, upstream string, r api.RolloutRequest, m Meta) (api.Upstream, error)
	// Command gives a verb to the running rollout; full only with api.Promote.
	Command(ctx context.Context, upstream string, verb api.Verb, full bool, m Meta) (api.Upstream, error)
	// Approve answers an approval that is asked now; else it is a Conflict.
	Approve(ctx context.Context, upstream, gate string, yes bool, m Meta) (api.Upstream, error)
	// Approval is what the link with that token is for: NotFound if it was never given
	// out, Gone if it can no longer be used. ApproveLink uses it.
	Approval(token string) (api.Approval, error)
	ApproveLink(ctx context.Context, token string, yes bool, m Meta) error
	// Undo goes to that revision; 0 is the default undo.
	Undo(ctx context.Context, upstream string, toRevision uint64, m Meta) (api.Upstream, error)
	// SetEndpoint ignores Reason and Author of r: they are in m.
	SetEndpoint(ctx context.Context, upstream, address string, r api.EndpointRequest, m Meta) (api.Upstream, error)
	// SetReadOnly has an upstream refuse its writes, or serve them again.
	SetReadOnly(ctx context.Context, upstream string, on bool, m Meta) (api.Upstream, error)

	// Reload loads the file again. Invalid carries one line per fault.
	Reload(ctx context.Context) (api.ReloadResult, error)
	// Config is the configuration in force, as a JSON object that could be
	// written to a file and loaded.
	Config() (json.RawMessage, error)
	Status() api.Status

	GroupBackend
	FlagBackend
}

// Meta is what comes with every write.
type Meta struct {
	IfMatch uint64 // the revision the caller saw; 0: any
	Author  string // whose token or certificate it is, and in brackets how he calls himself; in one line; may be empty
	Reason  string // in one line of at most 1000 bytes; may be empty
	// Override makes an abort, an undo or a split go past what guards the database; but
	// for an abort there is a Reason then.
	Override bool
	From     string // where the caller is: an address, or unix

	name  string // of the token or certificate; "": it has none, or nobody is asked
	known bool   // he was asked who he is: what he says himself is not to be taken for it
}

// Kind is why a Backend refuses.
type Kind uint8

// The kinds of refusal, with the status they are answered with.
const (
	NotFound    Kind = iota + 1 // 404: no such upstream, version, endpoint, revision or rollout
	Conflict                    // 409: does not fit the present state
	Stale                       // 412: If-Match is not the current revision
	Invalid                     // 422: a value out of range, or a file with faults
	Unavailable                 // 503: could not be kept
	Gone                        // 410: could be answered once, and cannot any more
)

// Refusal is an error whose text may be shown to the caller: what, where and
// what is allowed.
type Refusal struct {
	Kind   Kind
	Detail string
}

// Error is the detail.
func (r *Refusal) Error() string { return r.Detail }
