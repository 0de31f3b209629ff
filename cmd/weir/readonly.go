package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) readOnlyCmd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "read-only UPSTREAM on|off",
		Short: "Refuse the writes of an upstream, or serve them again",
		Long: `Read-only has the writes of an upstream refused, but for those in writes.allow;
reads go on. It is kept across reloads and restarts, until writes.read_only changes in
the file.`,
		Example: `  weir read-only api on --reason "the database moves"`,
		Args:    want("UPSTREAM", "on|off"),
		RunE: func(cmd *cobra.Command, args []string) error {
			on := args[1] == "on"
			if !on && args[1] != "off" {
				return usagef("%q: want on or off", args[1])
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			u, err := client.SetReadOnly(cmd.Context(), args[0], api.ReadOnlyRequest{On: &on, Reason: reason, Author: author()})
			if err != nil {
				return err
			}
			return c.print(u, func(w io.Writer) error {
				if !u.Writes.ReadOnly.On {
					_, err := fmt.Fprintf(w, "%s: writes are served\n", u.Name)
					return err
				}
				writeReadOnly(w, &u)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for who looks at it later")
	return cmd
}

// writeReadOnly says that writes are refused, if they are, and that they are held.
func writeReadOnly(w io.Writer, u *api.Upstream) {
	if r := &u.Writes.ReadOnly; r.On {
		by := r.Source
		if r.Author != "" {
			by += " (" + r.Author + ")"
		}
		fmt.Fprintf(w, "%s: read only, by %s: %s\n", u.Name, by, orDash(r.Reason))
	}
	if h := u.Writes.Hold; h != nil && h.InForce {
		fmt.Fprintf(w, "%s: writes are held by %s: %d wait, %d under way\n", u.Name, h.By, h.Waiting, u.Writes.InFlight)
	}
}
