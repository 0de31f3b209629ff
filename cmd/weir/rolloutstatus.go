package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func (c *cli) rolloutStatusCmd() *cobra.Command {
	var watching bool
	var key string
	cmd := &cobra.Command{
		Use:   "status UPSTREAM|GROUP",
		Short: "Show the running or last rollout",
		Long: `Status shows the rollout that runs, or the last that did; of a group with a line for
each of its upstreams.

With --watch it goes on until the rollout has ended: on a terminal it draws anew at
every change and every second, elsewhere it prints a line for each change. The exit
code then is 0 if it succeeded and 1 if it was reverted or aborted, or if the watch
was stopped before.`,
		Example: `  weir rollout status api
  weir rollout status api --watch
  weir rollout status --flag new-checkout`,
		Args: want("UPSTREAM|GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			if key != "" {
				get := func(ctx context.Context) (api.Rollout, error) { return client.FlagRollout(ctx, key) }
				whole := func(r api.Rollout) api.Rollout { return r }
				return rolloutStatus(cmd.Context(), c, client, watching, key, get, whole, writeRollout)
			}
			ctx, name := cmd.Context(), args[0]
			return orGroup(ctx, client, name, func() error {
				get := func(ctx context.Context) (api.Rollout, error) { return client.Rollout(ctx, name) }
				whole := func(r api.Rollout) api.Rollout { return r }
				return rolloutStatus(ctx, c, client, watching, name, get, whole, writeRollout)
			}, func() error {
				get := func(ctx context.Context) (api.GroupRollout, error) { return client.GroupRollout(ctx, name) }
				whole := func(r api.GroupRollout) api.Rollout { return r.Rollout }
				return rolloutStatus(ctx, c, client, watching, name, get, whole, writeGroupRollout)
			})
		},
	}
	cmd.Flags().BoolVar(&watching, "watch", false, "go on showing changes until it has ended")
	ofFlag(cmd, &key)
	return cmd
}

// rolloutStatus shows what get gets, once, or until it has ended: then without an error
// only if it succeeded. whole is the rollout of a group as that of one.
func rolloutStatus[T any](ctx context.Context, c *cli, client *api.Client, watching bool, name string,
	get func(context.Context) (T, error), whole func(T) api.Rollout, write func(io.Writer, T, show.Palette) error) error {
	words := func(w io.Writer, v T) error { return write(w, v, c.palette()) }
	if !watching {
		v, err := get(ctx)
		if err != nil {
			return err
		}
		return c.print(v, func(w io.Writer) error { return words(w, v) })
	}
	display := watcher(c, words, func(v T) []told {
		r := whole(v)
		t := told{object: v, news: []news{{name, rolloutLine(r)}}}
		if r.Report != nil && r.Ended() {
			t.news = append(t.news, news{"report", reportLine(r.Report)})
		}
		return []told{t}
	})
	return watch(ctx, client, get, func(v T) (bool, error) {
		if err := display(v); err != nil {
			return false, err
		}
		r := whole(v)
		if r.Ended() && r.State != api.RolloutSucceeded {
			return true, fmt.Errorf("rollout %s of %s was %s: %s", r.ID, name, r.State, r.Reason)
		}
		return r.Ended(), nil
	})
}

func writeRollout(w io.Writer, r api.Rollout, p show.Palette) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(t, "%s:\t%s\n", name, value) }
	row("rollout", r.ID)
	row("strategy", r.Strategy)
	row("from", r.From)
	row("to", r.To)
	row("state", painted(p, r.State, r.State))
	row("step", fmt.Sprintf("%d of %d", r.Step, r.Steps))
	row("weight", percent(r.Weight/100))
	if len(r.Segments) > 0 {
		row("segments", strings.Join(r.Segments, ", "))
	}
	for _, version := range []string{r.From, r.To} {
		if said := stages(r.Endpoints, version); said != "" {
			row("endpoints of "+version, said)
		}
	}
	if r.Writes != "" {
		row("writes", "all to "+r.Writes)
	}
	row("reason", orDash(r.Reason))
	if r.WaitsFor != "" {
		row("waits for", r.WaitsFor)
	}
	for _, g := range r.Gates {
		row("gate "+g.Name, gateLine(g))
	}
	if len(r.Failures) > 0 {
		row("failed", "traces "+strings.Join(r.Failures, ", "))
	}
	if m := r.Mirror; m != nil {
		row("mirrored", mirrorLine(m))
		for _, e := range m.Examples {
			row("", e)
		}
	}
	if r.Certified {
		row("certified", "not worse")
	}
	if r.WarmUntil != nil {
		row("way back", fmt.Sprintf("%s is kept warm until %s", r.From, r.WarmUntil.Local().Format(time.DateTime)))
	}
	row("started", r.StartedAt.Local().Format(time.DateTime))
	if r.EndedAt != nil {
		row("ended", r.EndedAt.Local().Format(time.DateTime))
	}
	if r.Report != nil {
		row("report", reportLine(r.Report))
	}
	return t.Flush()
}

// stages counts a version's endpoints in a rolling rollout by how far they are.
func stages(endpoints []api.RolledEndpoint, version string) string {
	counts, order := map[string]int{}, []string{}
	for _, e := range endpoints {
		if e.Version != version {
			continue
		}
		if counts[e.Stage]++; counts[e.Stage] == 1 {
			order = append(order, e.Stage)
		}
	}
	for i, stage := range order {
		order[i] = fmt.Sprintf("%d %s", counts[stage], stage)
	}
	return strings.Join(order, ", ")
}
