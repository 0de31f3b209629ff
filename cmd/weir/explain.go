package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) explainCmd() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "explain UPSTREAM [ADDRESS]",
		Short: "Say in sentences why an upstream, or an endpoint, is as it is",
		Long: `Explain answers the questions that status raises, with the numbers: why a rollout does
not go on, holds or was reverted, why an endpoint gets no requests, who drained it and
when it comes back, and which command would change that. With ADDRESS it is about that
endpoint alone.`,
		Example: `  weir explain api
  weir explain api 127.0.0.1:3001`,
		Args: want("UPSTREAM", "[ADDRESS]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			x := explanation{Upstream: args[0]}
			if len(args) > 1 {
				x.Address = args[1]
			}
			if err := x.ask(cmd.Context(), client, version); err != nil {
				return err
			}
			return c.print(x, func(w io.Writer) error {
				for _, s := range x.Sentences {
					if _, err := fmt.Fprintln(w, s); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&version, "version", "", "the endpoint's version, if several have the address")
	return cmd
}

// explanation is what explain says.
type explanation struct {
	Upstream  string   `json:"upstream"`
	Address   string   `json:"address,omitempty"` // of the endpoint that it is about
	Sentences []string `json:"sentences"`         // what matters most comes first
}

func (x *explanation) say(format string, args ...any) {
	x.Sentences = append(x.Sentences, fmt.Sprintf(format, args...))
}

// ask gets what there is to know, and says it. version may be empty.
func (x *explanation) ask(ctx context.Context, client *api.Client, version string) error {
	u, err := client.Upstream(ctx, x.Upstream)
	if err != nil {
		return err
	}
	if x.Address != "" {
		return x.endpoint(&u, version)
	}
	r, err := client.Rollout(ctx, x.Upstream)
	switch {
	case err == nil:
		x.upstream(&u, &r)
	case isMissing(err): // there has been none
		x.upstream(&u, nil)
	default:
		return err
	}
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	if !s.State.OK {
		x.say("Changes cannot be kept: %s.", s.State.Error)
	}
	if !s.Reload.OK && s.Reload.Error != "" {
		x.say("The latest reload was refused, and the file before it serves:\n%s", s.Reload.Error)
	}
	return nil
}
