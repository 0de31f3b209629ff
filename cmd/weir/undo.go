package main

import (
	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) undoCmd() *cobra.Command {
	var to uint64
	var reason string
	var override bool
	cmd := &cobra.Command{
		Use:   "undo UPSTREAM|GROUP",
		Short: "Go back to an earlier split",
		Long: `Undo goes back to the newest earlier revision that was settled with another
stable version, not to a step in between; or, with --to-revision, to exactly that
revision's split. It is a new revision of its own. See 'rollout history'. A group
goes back in all its upstreams, or in none.

It is refused where the version to go to cannot run on the schema that the database
has, or behind a point of no return. With --override, which needs a --reason, it goes
there all the same; the history and the log say so.`,
		Example: `  weir rollout undo api
  weir rollout undo api --to-revision 3`,
		Args: want("UPSTREAM|GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := api.UndoRequest{Reason: reason, Author: author()}
			if cmd.Flags().Changed("to-revision") {
				if to == 0 {
					return usagef("--to-revision 0: want 1 or more")
				}
				r.ToRevision = &to
			}
			if r.Override = override; override && reason == "" {
				return usagef("--override: want --reason TEXT too")
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			ctx, name := cmd.Context(), args[0]
			return orGroup(ctx, client, name, func() error {
				u, err := client.Undo(ctx, name, r)
				if err != nil {
					return err
				}
				return c.changed(u)
			}, func() error {
				g, err := client.UndoGroup(ctx, name, r)
				if err != nil {
					return err
				}
				return c.changedGroup(g)
			})
		},
	}
	cmd.Flags().Uint64Var(&to, "to-revision", 0, "the revision whose split shall come back")
	cmd.Flags().BoolVar(&override, "override", false, "go past what guards the database")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}
