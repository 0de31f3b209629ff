package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

// endpointTexts are what the help of the three commands says, by state.
var endpointTexts = map[string]struct{ short, long, wait string }{
	api.StateDrain: {
		"Let an endpoint finish and give it nothing new",
		"Drain takes an endpoint out softly: new requests go elsewhere at once, those in\nflight finish.",
		"until nothing is in flight there",
	},
	api.StateUp: {
		"Put an endpoint back into service",
		"Up puts a drained endpoint, or one that is down, back into service. With active\nchecks it gets traffic only when they pass.",
		"until it is healthy",
	},
	api.StateDown: {
		"Take an endpoint out of service",
		"Down takes an endpoint out of service.",
		"until nothing is in flight there",
	},
}

// waitPoll is how often --wait looks.
const waitPoll = 100 * time.Millisecond

// endpointCmd is drain, up or down: the command has the name of the state.
func (c *cli) endpointCmd(state string) *cobra.Command {
	var version, reason string
	var wait bool
	text := endpointTexts[state]
	cmd := &cobra.Command{
		Use:     state + " UPSTREAM ADDRESS",
		Short:   text.short,
		Long:    text.long + " The state is kept across reloads and restarts.",
		Example: "  weir " + state + " api 127.0.0.1:3001 --wait",
		Args:    want("UPSTREAM", "ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			r := api.EndpointRequest{State: &state, Version: version, Reason: reason, Author: author()}
			u, err := client.SetEndpoint(cmd.Context(), args[0], args[1], r)
			if err != nil {
				return err
			}
			if wait {
				if u, err = waitEndpoint(cmd.Context(), client, u, args[1], version, state); err != nil {
					return err
				}
			}
			return c.print(u, func(w io.Writer) error {
				for _, e := range findEndpoints(u, args[1], version) {
					fmt.Fprintf(w, "%s %s: state %s, health %s, %d in flight\n", u.Name, e.Address, e.State, e.Health, e.Inflight)
				}
				for _, name := range unserved(u, args[1]) {
					fmt.Fprintf(w, "warning: %s\n", unservedText(u, name))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&version, "version", "", "the endpoint's version, if several have the address")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for who looks at it later")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait "+text.wait)
	return cmd
}

// waitEndpoint looks until the endpoint is where its new state leads to. It gives
// up when somebody else has given it another state.
func waitEndpoint(ctx context.Context, client *api.Client, u api.Upstream, address, version, state string) (api.Upstream, error) {
	for {
		done := true
		found := findEndpoints(u, address, version)
		for _, e := range found {
			switch {
			case e.State != state:
				return u, fmt.Errorf("%s is %s now, not %s: somebody changed it meanwhile", address, e.State, state)
			case state == api.StateUp:
				done = done && serves(e)
			default:
				done = done && e.Inflight == 0
			}
		}
		if len(found) == 0 {
			return u, fmt.Errorf("%s is no longer in the configuration", address)
		}
		if done {
			return u, nil
		}
		select {
		case <-ctx.Done():
			return u, ctx.Err()
		case <-time.After(waitPoll):
		}
		var err error
		if u, err = client.Upstream(ctx, u.Name); err != nil {
			return u, err
		}
	}
}

// serves says that an endpoint is well, as far as it may already take its share.
func serves(e api.Endpoint) bool {
	return e.Health == api.HealthUp || e.Health == api.HealthSlowStart
}

// unserved are the versions with that endpoint (empty: all) whose share none of
// their own can take.
func unserved(u api.Upstream, address string) (names []string) {
	for _, v := range u.Versions {
		has, some := address == "", false
		for _, e := range v.Endpoints {
			has = has || e.Address == address
			some = some || e.State == api.StateUp && serves(e)
		}
		if has && !some && u.Split[v.Name].Share > 0 {
			names = append(names, v.Name)
		}
	}
	return names
}

func unservedText(u api.Upstream, name string) string {
	text := fmt.Sprintf("%s has %s of the requests and no endpoint that serves", name, percent(u.Split[name].Share))
	if u.Split[name].Share == 1 && name == u.Stable { // nobody else may take them
		return text + ": they get 503"
	}
	return text + ": they go elsewhere, or get 503"
}

// findEndpoints are those with the address, in that version (empty: in any).
func findEndpoints(u api.Upstream, address, version string) []api.Endpoint {
	var found []api.Endpoint
	for _, v := range u.Versions {
		if version != "" && v.Name != version {
			continue
		}
		for _, e := range v.Endpoints {
			if e.Address == address {
				found = append(found, e)
			}
		}
	}
	return found
}
