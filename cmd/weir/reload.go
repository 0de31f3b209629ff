package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (c *cli) reloadCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Load the configuration file again",
		Long: `Reload makes the running Weir load its file again. A file with faults changes
nothing; the faults are printed, one a line, and the exit code is 1.`,
		Example: `  weir reload`,
		Args:    want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			r, err := client.Reload(cmd.Context())
			if err != nil {
				return err
			}
			if c.output == "json" {
				return c.json(r)
			}
			what := "no split changed"
			if len(r.Changed) > 0 {
				what = "split changed: " + strings.Join(r.Changed, ", ")
			}
			fmt.Fprintf(c.out, "reloaded, generation %d, %s\n", r.Generation, what)
			for _, w := range r.Warnings {
				fmt.Fprintf(c.out, "warning: %s\n", w)
			}
			return nil
		},
	}
}
