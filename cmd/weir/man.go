package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
	"weir/cmd/internal/app/manual"
)

// manCmd is for those who make packages.
func (c *cli) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages of all commands, and of weir.yaml",
		Long: `Man writes a page for each command into DIR: weir.1, weir-rollout-start.1 and so on;
and weir.yaml.5, with every key of the configuration.`,
		Hidden: true,
		Args:   want("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := manual.Write(args[0], cmd.Root()); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(args[0], "weir.yaml.5"), app.ConfigManual(), 0o644)
		},
	}
}
