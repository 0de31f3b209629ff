package api

import (
	"context"
	"net/http"
	"net/url"
)

// Groups answers GET /v1/groups, in the order of the configuration file.
type Groups struct {
	Groups []Group `json:"groups"`
}

// Group answers GET /v1/groups/{g} and every write to a group: upstreams that one
// rollout can move together.
type Group struct {
	Name string `json:"name"`
	// Upstreams are its members; the plan is the first one's.
	Upstreams []Upstream `json:"upstreams"`
	// Rollout is the group's that runs; null when none does. The last one that ended is
	// at GET /v1/groups/{g}/rollout.
	Rollout *GroupRollout `json:"rollout"`
}

// GroupRollout answers GET /v1/groups/{g}/rollout. The rollout itself speaks for all
// members: its report is of all their users, and its reason names the member that it is
// about.
type GroupRollout struct {
	Rollout
	// Parts are the members', in the order of the group.
	Parts []Part `json:"parts"`
}

// Part is what a group's rollout is in one of its members.
type Part struct {
	Upstream string  `json:"upstream"`
	Rollout  Rollout `json:"rollout"`
}

// Groups lists all groups in the order of the configuration file.
func (c *Client) Groups(ctx context.Context) ([]Group, error) {
	var a Groups
	err := c.call(ctx, http.MethodGet, "/v1/groups", nil, &a)
	return a.Groups, err
}

// Group is one group as it is now.
func (c *Client) Group(ctx context.Context, name string) (Group, error) {
	return c.group(ctx, http.MethodGet, name, "", nil)
}

// GroupRollout is the one that runs or the last that did; status 404 when there is none
// that all members have had.
func (c *Client) GroupRollout(ctx context.Context, name string) (GroupRollout, error) {
	var a GroupRollout
	err := c.call(ctx, http.MethodGet, groupPath(name)+"/rollout", nil, &a)
	return a, err
}

// StartGroupRollout starts one in all members.
func (c *Client) StartGroupRollout(ctx context.Context, name string, r RolloutRequest) (Group, error) {
	return c.group(ctx, http.MethodPost, name, "/rollout", r)
}

// CommandGroup gives a verb to the running rollout of the group.
func (c *Client) CommandGroup(ctx context.Context, name string, v Verb, r VerbRequest) (Group, error) {
	return c.group(ctx, http.MethodPost, name, "/rollout/"+string(v), r)
}

// UndoGroup goes back in all members; the request has no revision, which is one
// upstream's.
func (c *Client) UndoGroup(ctx context.Context, name string, r UndoRequest) (Group, error) {
	return c.group(ctx, http.MethodPost, name, "/undo", r)
}

func groupPath(name string) string { return "/v1/groups/" + url.PathEscape(name) }

// group is a call that answers with the group object.
func (c *Client) group(ctx context.Context, method, name, rest string, body any) (Group, error) {
	var a Group
	err := c.call(ctx, method, groupPath(name)+rest, body, &a)
	return a, err
}
