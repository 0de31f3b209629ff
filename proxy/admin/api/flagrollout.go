package api

import (
	"context"
	"net/http"
	"net/url"
)

// FlagRolloutRequest is the body of POST /v1/flags/{f}/rollout.
type FlagRolloutRequest struct {
	To     string `json:"to,omitempty"` // the variant; "": the configured one
	ID     string `json:"id,omitempty"` // "": one is made up
	Reason string `json:"reason,omitempty"`
	Author string `json:"author,omitempty"`
}

// StartFlagRollout begins to give a variant to users, step by step.
func (c *Client) StartFlagRollout(ctx context.Context, key string, r FlagRolloutRequest) (Flag, error) {
	return c.flag(ctx, http.MethodPost, key, "/rollout", r)
}

// FlagRollout is the rollout of a flag that runs or the last that did; status 404 when
// there never was one.
func (c *Client) FlagRollout(ctx context.Context, key string) (Rollout, error) {
	var a Rollout
	err := c.call(ctx, http.MethodGet, flagPath(key)+"/rollout", nil, &a)
	return a, err
}

// CommandFlag gives a verb to the running rollout of a flag.
func (c *Client) CommandFlag(ctx context.Context, key string, v Verb, r VerbRequest) (Flag, error) {
	return c.flag(ctx, http.MethodPost, key, "/rollout/"+string(v), r)
}

// FlagGates are those of the flag's rollout that runs or the last that did, with links to
// answer approvals.
func (c *Client) FlagGates(ctx context.Context, key string) ([]Gate, error) {
	return c.gates(ctx, flagPath(key))
}

// ApproveFlag answers an approval of the flag's rollout that is asked now.
func (c *Client) ApproveFlag(ctx context.Context, key, gate string, r GateRequest) (Flag, error) {
	return c.flag(ctx, http.MethodPost, key, "/rollout/gates/"+url.PathEscape(gate), r)
}

// FlagPlan is what the running rollout of a flag, or one to that variant that would start
// now, is to be expected to do. to may be empty where the configuration names it.
func (c *Client) FlagPlan(ctx context.Context, key, to string) (Plan, error) {
	return c.plan(ctx, flagPath(key), to)
}
