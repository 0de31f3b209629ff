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

func (c *cli) statusCmd() *cobra.Command {
	var watching, ready bool
	cmd := &cobra.Command{
		Use:   "status [UPSTREAM|GROUP]",
		Short: "Show splits, versions, endpoints and rollouts",
		Long: `Status shows what serves: for each upstream the split with the last ten seconds of
each version, its endpoints, and what a rollout or guard is doing and why.

With --watch it goes on until it is interrupted: on a terminal it draws anew at every
change and every second, elsewhere it prints what there is and then a line for each
change of a split, a rollout or an endpoint.

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
			draw := func(w io.Writer, o overview) error { return writeOverview(w, o, c.palette()) }
			display := watcher(c, draw, overview.tell)
			err = watch(cmd.Context(), client, get, func(o overview) (bool, error) { return false, display(o) })
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
	return c.print(o.object(), func(w io.Writer) error { return writeOverview(w, o, c.palette()) })
}

// tell is what a watch tells of it: each upstream's split and what moves it, and each of
// its endpoints.
func (o overview) tell() []told {
	var list []told
	for _, u := range o.upstreams {
		t := told{object: u, news: []news{{u.Name, summary(u)}}}
		for _, v := range u.Versions {
			for _, e := range v.Endpoints {
				about := fmt.Sprintf("%s %s (%s)", u.Name, e.Address, v.Name)
				t.news = append(t.news, news{about, about + ": " + endpointWords(e)})
			}
		}
		list = append(list, t)
	}
	return list
}

// endpointWords are how an endpoint is, and why it does not serve.
func endpointWords(e api.Endpoint) string {
	switch {
	case e.State != api.StateUp:
		return show.Sentence(e.State, e.Cause)
	case !serves(e):
		return show.Sentence(e.Health, e.Cause)
	}
	return e.Health
}
