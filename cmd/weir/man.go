package main

import (
	"github.com/spf13/cobra"

	"weir/cmd/internal/app/manual"
)

// manCmd is for those who make packages.
func (c *cli) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages of all commands",
		Long:   `Man writes a page for each command into DIR: weir.1, weir-rollout-start.1 and so on.`,
		Hidden: true,
		Args:   want("DIR"),
		RunE:   func(cmd *cobra.Command, args []string) error { return manual.Write(args[0], cmd.Root()) },
	}
}
