package main

import (
	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) undoCmd() *cobra.Command {
	var to uint64
	var reason string
	cmd := &cobra.Command{
		Use:   "undo UPSTREAM",
		Short: "Go back to an earlier split",
		Long: `Undo goes back to the newest earlier revision that was settled with another
stable version, not to a step in between; or, with --to-revision, to exactly that
revision's split. It is a new revision of its own. See 'rollout history'.`,
		Example: `  weir rollout undo api
  weir rollout undo api --to-revision 3`,
		Args: want("UPSTREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := api.UndoRequest{Reason: reason, Author: author()}
			if cmd.Flags().Changed("to-revision") {
				if to == 0 {
					return usagef("--to-revision 0: want 1 or more")
				}
				r.ToRevision = &to
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			u, err := client.Undo(cmd.Context(), args[0], r)
			if err != nil {
				return err
			}
			return c.changed(u)
		},
	}
	cmd.Flags().Uint64Var(&to, "to-revision", 0, "the revision whose split shall come back")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}
