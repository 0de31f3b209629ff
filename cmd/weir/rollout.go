package main

import (
	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) rolloutCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rollout COMMAND",
		Short: "Move an upstream to another version, step by step",
		Long: `A rollout moves traffic from the stable version to a candidate by the plan in the
configuration file, judges the candidate on the way, and reverts it if it is
worse. These commands start, watch and steer it. They take a group's name where they
take an upstream's: its upstreams are moved by one rollout, and steered as one.`,
		Example: `  weir rollout start api --to v2 --reason "release 42"
  weir rollout status api --watch
  weir rollout promote api
  weir rollout undo api`,
		RunE: group,
		// A flag of a mistyped command is not the mistake.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	cmd.AddCommand(
		c.rolloutStartCmd(), c.rolloutStatusCmd(),
		c.verbCmd(api.Promote, "End the current wait and take the next step",
			"Promote ends the current wait, whatever it is: a pause, the hold time, min_requests and\ncertificate of a step, the approval of a blue_green switch, or the bake, which ends the\nrollout. With --full it goes straight to 100% and the bake. What is skipped is not\njudged; 'rollout status' says what it waits for. It is refused while the candidate has\nno room for more, is not ready for the switch, or is held."),
		c.verbCmd(api.Pause, "Stop advancing",
			"Pause stops the steps, nothing else: the candidate keeps its share, and is still\njudged and reverted if it is worse."),
		c.verbCmd(api.Resume, "Go on after a pause or a hold",
			"Resume ends a pause, or a hold whose cause an operator has looked into."),
		c.verbCmd(api.Abort, "Revert now",
			"Abort gives the candidate's share back to the version it came from: at once, or as\nrevert.mode says. A revert in steps is finished by abort at once.\n\nIt is refused while that version cannot run on the schema that the database has; with\n--force it goes back to it all the same."),
		c.gatesCmd(), c.approveCmd(), c.historyCmd(), c.undoCmd(), c.rolloutPlanCmd(), c.rolloutSimulateCmd(),
	)
	return cmd
}

func (c *cli) rolloutStartCmd() *cobra.Command {
	var r api.RolloutRequest
	var key string
	cmd := &cobra.Command{
		Use:   "start UPSTREAM|GROUP --to VERSION",
		Short: "Start a rollout",
		Long: `Start begins a rollout from the stable version to VERSION. It returns when the
first step is in force, or when the candidate of a blue_green rollout is being
prepared; 'rollout status --watch' waits for the end. Of a group it starts one in
all its upstreams, which move together.

With --flag KEY it gives a variant of a flag to users, by the steps of flags.rollouts:
segments first, then shares. --to may be left out where these name the variant.`,
		Example: `  weir rollout start api --to v2 --reason "release 42"
  weir rollout start api --to green --strategy blue_green
  weir rollout start shop --to v2
  weir rollout start --flag new-checkout --to on`,
		Args: want("UPSTREAM|GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.To == "" && key == "" {
				return usagef("missing --to VERSION%s", suchAs(cmd))
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			r.Author = author()
			if key != "" {
				return c.startFlag(cmd.Context(), client, key, &r)
			}
			ctx, name := cmd.Context(), args[0]
			return orGroup(ctx, client, name, func() error {
				u, err := client.StartRollout(ctx, name, r)
				if err != nil {
					return err
				}
				return c.changed(u)
			}, func() error {
				g, err := client.StartGroupRollout(ctx, name, r)
				if err != nil {
					return err
				}
				return c.changedGroup(g)
			})
		},
	}
	cmd.Flags().StringVar(&r.To, "to", "", "the candidate")
	cmd.Flags().StringVar(&r.Strategy, "strategy", "", "canary or blue_green (default: the configured one)")
	cmd.Flags().StringVar(&r.ID, "id", "", "the rollout's id (default: one is made up)")
	cmd.Flags().StringVar(&r.Reason, "reason", "", "why, for the history")
	ofFlag(cmd, &key)
	return cmd
}

// verbCmd is promote, pause, resume or abort: the command has the verb's name.
func (c *cli) verbCmd(verb api.Verb, short, long string) *cobra.Command {
	var r api.VerbRequest
	var key string
	cmd := &cobra.Command{
		Use:     string(verb) + " UPSTREAM|GROUP",
		Short:   short,
		Long:    long,
		Example: "  weir rollout " + string(verb) + " api\n  weir rollout " + string(verb) + " --flag new-checkout",
		Args:    want("UPSTREAM|GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			r.Author = author()
			if key != "" {
				return c.steerFlag(cmd.Context(), client, key, verb, r)
			}
			ctx, name := cmd.Context(), args[0]
			return orGroup(ctx, client, name, func() error {
				u, err := client.Command(ctx, name, verb, r)
				if err != nil {
					return err
				}
				return c.changed(u)
			}, func() error {
				g, err := client.CommandGroup(ctx, name, verb, r)
				if err != nil {
					return err
				}
				return c.changedGroup(g)
			})
		},
	}
	switch verb {
	case api.Promote:
		cmd.Flags().BoolVar(&r.Full, "full", false, "skip all remaining steps")
	case api.Abort:
		cmd.Flags().BoolVar(&r.Force, "force", false, "also to a version that cannot run on the database's schema")
	}
	ofFlag(cmd, &key)
	cmd.Flags().StringVar(&r.Reason, "reason", "", "why, for the history")
	return cmd
}
