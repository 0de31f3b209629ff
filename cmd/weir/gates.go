package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func (c *cli) gatesCmd() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "gates UPSTREAM|GROUP",
		Short: "Show the gates of the running or last rollout",
		Long: `Gates shows what the rollout asks on its way, and how that was answered. An approval
that is asked now comes with a link: whoever has it can answer, once and for a day.`,
		Example: "  weir rollout gates api\n  weir rollout gates --flag new-checkout",
		Args:    want("UPSTREAM|GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			shown := func(gates []api.Gate, err error) error {
				if err != nil {
					return err
				}
				return c.print(api.Gates{Gates: gates}, func(w io.Writer) error { return writeGates(w, c.admin, gates) })
			}
			if key != "" {
				return shown(client.FlagGates(ctx, key))
			}
			return orLeader(ctx, client, args[0], func(upstream string) error { return shown(client.Gates(ctx, upstream)) })
		},
	}
	ofFlag(cmd, &key)
	return cmd
}

// writeGates shows gates of the Weir at the URL admin: where people reach it is not in
// its file, a link is a path there.
func writeGates(w io.Writer, admin string, gates []api.Gate) error {
	if len(gates) == 0 {
		_, err := fmt.Fprintln(w, "no gates")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "GATE\tAT\tSTATE\tREASON")
	for _, g := range gates {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", g.Name, gatePlace(g), g.State, orDash(g.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, g := range gates {
		if link := g.Link; link != "" {
			if strings.HasPrefix(link, "/") {
				link = strings.TrimSuffix(admin, "/") + link
			}
			fmt.Fprintf(w, "answer %s: %s\n", g.Name, link)
		}
	}
	return nil
}

// gatePlace is where a gate is asked.
func gatePlace(g api.Gate) string {
	if g.Step > 0 {
		return fmt.Sprintf("%s %d", g.At, g.Step)
	}
	return g.At
}

func (c *cli) approveCmd() *cobra.Command {
	var reject bool
	var reason, key string
	cmd := &cobra.Command{
		Use:   "approve UPSTREAM|GROUP GATE",
		Short: "Answer an approval",
		Long: `Approve lets the rollout pass a gate that waits for people, or with --reject takes
the rollout back. The gate must be asked now; see 'rollout gates'.`,
		Example: `  weir rollout approve api release-manager --reason "smoke looks fine"
  weir rollout approve api release-manager --reject
  weir rollout approve --flag new-checkout release-manager`,
		Args: want("UPSTREAM|GROUP", "GATE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			yes, ctx := !reject, cmd.Context()
			r := api.GateRequest{Approve: &yes, Reason: reason, Author: author()}
			if key != "" {
				f, err := client.ApproveFlag(ctx, key, args[0], r)
				if err != nil {
					return err
				}
				return c.changedFlag(&f)
			}
			return orLeader(ctx, client, args[0], func(upstream string) error {
				u, err := client.Approve(ctx, upstream, args[1], r)
				if err != nil {
					return err
				}
				return c.changed(u)
			})
		},
	}
	ofFlag(cmd, &key, "GATE")
	cmd.Flags().BoolVar(&reject, "reject", false, "say no")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

// gateLine is how a gate has answered, in one line.
func gateLine(g api.Gate) string {
	return show.Sentence(gatePlace(g)+", "+g.State, g.Reason)
}
