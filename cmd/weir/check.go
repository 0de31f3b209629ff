package main

import (
	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
)

func (c *cli) checkCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a configuration file can be used",
		Long: `Check loads FILE as 'run' and a reload would, and changes nothing. It prints one
line per fault, FILE:LINE:COL: path: what is wrong, what is allowed, and then ends
with exit code 1.`,
		Example: `  weir check weir.yaml && weir reload`,
		Args:    want("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return app.Check(args[0], c.out)
		},
	}
}
