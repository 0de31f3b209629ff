package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// orGroup does a command on the upstream of a name, or on the group of that name when
// there is no such upstream: names of both are one namespace.
func orGroup(ctx context.Context, client *api.Client, name string, one func() error, all func() error) error {
	err := one()
	if isMissing(err) && isGroup(ctx, client, name) {
		return all()
	}
	return err
}

// orLeader does a command on the upstream of a name, or on the first one of the group of
// that name, whose gates are the group's.
func orLeader(ctx context.Context, client *api.Client, name string, do func(upstream string) error) error {
	return orGroup(ctx, client, name, func() error { return do(name) }, func() error {
		g, err := client.Group(ctx, name)
		if err != nil {
			return err
		}
		return do(g.Upstreams[0].Name)
	})
}

// isMissing reports that the server knows no such thing.
func isMissing(err error) bool {
	p, ok := errors.AsType[*api.Problem](err)
	return ok && p.Status == http.StatusNotFound
}

// isGroup asks what groups there are; nobody's answer is no.
func isGroup(ctx context.Context, client *api.Client, name string) bool {
	groups, err := client.Groups(ctx)
	return err == nil && slices.ContainsFunc(groups, func(g api.Group) bool { return g.Name == name })
}

// changedGroup is how every write to a group ends: with the splits it led to.
func (c *cli) changedGroup(g api.Group) error {
	return c.print(g, func(w io.Writer) error { return writeGroup(w, g) })
}

func writeGroup(w io.Writer, g api.Group) error {
	line := g.Name + ":"
	if g.Rollout != nil {
		line += " " + rolloutLine(g.Rollout.Rollout)
	} else {
		line += " no rollout of it is running"
	}
	if _, err := fmt.Fprintln(w, line); err != nil {
		return err
	}
	for _, u := range g.Upstreams {
		if u.Rollout != nil && u.Rollout.Group == g.Name {
			u.Rollout = nil // it was told above
		}
		if _, err := fmt.Fprintln(w, "  "+summary(u)); err != nil {
			return err
		}
	}
	return nil
}

// writeGroupRollout shows the rollout of all, and in a line each where the members are.
func writeGroupRollout(w io.Writer, r api.GroupRollout, p show.Palette) error {
	if err := writeRollout(w, r.Rollout, p); err != nil {
		return err
	}
	for _, p := range r.Parts {
		line := p.Rollout.State
		if p.Rollout.WaitsFor != "" {
			line += ", waits for " + p.Rollout.WaitsFor
		}
		if _, err := fmt.Fprintf(w, "  %s: %s: %s\n", p.Upstream, line, orDash(p.Rollout.Reason)); err != nil {
			return err
		}
	}
	return nil
}
