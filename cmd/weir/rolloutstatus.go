package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) rolloutStatusCmd() *cobra.Command {
	var watching bool
	cmd := &cobra.Command{
		Use:   "status UPSTREAM",
		Short: "Show the running or last rollout",
		Long: `Status shows the rollout that runs, or the last that did.

With --watch it prints a line for each change until the rollout has ended. The
exit code then is 0 if it succeeded and 1 if it was reverted or aborted, or if the
watch was stopped before.`,
		Example: `  weir rollout status api
  weir rollout status api --watch`,
		Args: want("UPSTREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			get := func(ctx context.Context) (api.Rollout, error) { return client.Rollout(ctx, args[0]) }
			if watching {
				return watch(cmd.Context(), client, get, c.rolloutWatcher(args[0]))
			}
			r, err := get(cmd.Context())
			if err != nil {
				return err
			}
			if c.output == "json" {
				return c.json(r)
			}
			return writeRollout(c.out, r)
		},
	}
	cmd.Flags().BoolVar(&watching, "watch", false, "print changes until it has ended")
	return cmd
}

// rolloutWatcher prints changes and ends with the rollout: without an error only
// if it succeeded.
func (c *cli) rolloutWatcher(upstream string) func(api.Rollout) (bool, error) {
	var last string
	return func(r api.Rollout) (bool, error) {
		if line := rolloutLine(r); line != last {
			last = line
			if err := c.line(r, line); err != nil {
				return false, err
			}
		}
		if !r.Ended() {
			return false, nil
		}
		if r.Report != nil && c.output != "json" {
			fmt.Fprintln(c.out, reportLine(r.Report))
		}
		if r.State != api.RolloutSucceeded {
			return true, fmt.Errorf("rollout %s of %s was %s: %s", r.ID, upstream, r.State, r.Reason)
		}
		return true, nil
	}
}

func writeRollout(w io.Writer, r api.Rollout) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(t, "%s:\t%s\n", name, value) }
	row("rollout", r.ID)
	row("strategy", r.Strategy)
	row("from", r.From)
	row("to", r.To)
	row("state", r.State)
	row("step", fmt.Sprintf("%d of %d", r.Step, r.Steps))
	row("weight", percent(r.Weight/100))
	row("reason", orDash(r.Reason))
	if r.WaitsFor != "" {
		row("waits for", r.WaitsFor)
	}
	if len(r.Failures) > 0 {
		row("failed", "traces "+strings.Join(r.Failures, ", "))
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
