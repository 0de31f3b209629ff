package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// clearScreen moves a terminal's cursor home and clears what is there.
const clearScreen = "\x1b[H\x1b[2J"

func (c *cli) statusCmd() *cobra.Command {
	var watching, ready bool
	cmd := &cobra.Command{
		Use:   "status [UPSTREAM|GROUP]",
		Short: "Show splits, versions, endpoints and rollouts",
		Long: `Status shows what serves: for each upstream the split with the last ten seconds of
each version, its endpoints, and what a rollout or guard is doing and why.

With --watch it goes on until it is interrupted: on a terminal it draws anew every
second, elsewhere it prints a line for each change.

With --ready it prints nothing and says by its exit code whether Weir serves: 0 from
when its listeners are open until a stop begins. Checks of containers ask so.`,
		Example: `  weir status
  weir status api --watch
  weir status api -o json`,
		Args: want("[UPSTREAM|GROUP]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			if ready {
				return client.Ready(cmd.Context())
			}
			get := func(ctx context.Context) (overview, error) { return getOverview(ctx, client, args) }
			if !watching {
				o, err := get(cmd.Context())
				if err != nil {
					return err
				}
				return c.showOverview(o)
			}
			err = watch(cmd.Context(), client, get, c.overviewWatcher())
			if errors.Is(err, context.Canceled) {
				return nil // the way to end it
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&watching, "watch", false, "go on showing changes")
	cmd.Flags().BoolVar(&ready, "ready", false, "only ask whether Weir serves")
	cmd.MarkFlagsMutuallyExclusive("watch", "ready")
	return cmd
}

// overview is what status shows.
type overview struct {
	process   api.Status
	upstreams []api.Upstream
	one       bool // an upstream was named
}

func getOverview(ctx context.Context, client *api.Client, args []string) (o overview, err error) {
	if len(args) == 0 {
		o.upstreams, err = client.Upstreams(ctx)
	} else {
		o.one, o.upstreams = true, make([]api.Upstream, 1)
		err = orGroup(ctx, client, args[0], func() (err error) {
			o.upstreams[0], err = client.Upstream(ctx, args[0])
			return err
		}, func() error {
			g, err := client.Group(ctx, args[0])
			o.one, o.upstreams = false, g.Upstreams
			return err
		})
	}
	if err != nil {
		return o, err
	}
	o.process, err = client.Status(ctx)
	return o, err
}

// object is what -o json prints: as the API answers it.
func (o overview) object() any {
	if o.one {
		return o.upstreams[0]
	}
	return api.Upstreams{Upstreams: o.upstreams}
}

func (c *cli) showOverview(o overview) error {
	return c.print(o.object(), func(w io.Writer) error { return writeOverview(w, o) })
}

// overviewWatcher draws on a terminal, and prints changes elsewhere.
func (c *cli) overviewWatcher() func(overview) (bool, error) {
	last := map[string]string{} // of each upstream, what was printed of it
	return func(o overview) (bool, error) {
		if c.forPeople() && show.IsTerminal(c.out) {
			if _, err := fmt.Fprint(c.out, clearScreen); err != nil {
				return false, err
			}
			return false, writeOverview(c.out, o)
		}
		for _, u := range o.upstreams {
			line := summary(u) + "; " + endpointsLine(u)
			if last[u.Name] == line {
				continue
			}
			last[u.Name] = line
			if err := c.line(u, line); err != nil {
				return false, err
			}
		}
		return false, nil
	}
}
