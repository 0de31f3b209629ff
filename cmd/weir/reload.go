package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
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
			return c.print(r, func(w io.Writer) error { return writeReload(w, r) })
		},
	}
}

func writeReload(w io.Writer, r api.ReloadResult) error {
	what := "no split changed"
	if len(r.Changed) > 0 {
		what = "split changed: " + strings.Join(r.Changed, ", ")
	}
	_, err := fmt.Fprintf(w, "reloaded, generation %d, %s\n", r.Generation, what)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", text)
	}
	return err
}
