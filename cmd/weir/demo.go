package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/demo"
)

func (c *cli) demoCmd() *cobra.Command {
	var scenario string
	var keep bool
	names := strings.Join(demo.Scenarios(), ", ")
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a release being ramped up, or a bad one being reverted",
		Long: `Demo starts backends, a Weir in front of them and traffic, all on this machine and
on free ports, and shows what happens to a release. The numbers at the end come
from the backends and the traffic; what Weir says of itself stands beside them. It
takes less than a minute and leaves nothing behind; the exit code is 1 if a promise
was broken.

Scenarios: ` + names + `.`,
		Example: `  weir demo
  weir demo --scenario good-canary
  weir demo --keep`,
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if scenario != "" && !slices.Contains(demo.Scenarios(), scenario) {
				return oneOf("scenario", scenario, demo.Scenarios())
			}
			// Until it has cleaned up: one signal asks, and further ones change nothing.
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			signal.Ignore(syscall.SIGPIPE) // a reader that leaves is a write error, which ends it too
			err := demo.Run(ctx, demo.Options{Scenario: scenario, Keep: keep, Out: c.out})
			if keep && errors.Is(err, context.Canceled) {
				return nil // the way to end it
			}
			return err
		},
	}
	cmd.Flags().StringVar(&scenario, "scenario", "", "what to show (default bad-canary)")
	cmd.Flags().BoolVar(&keep, "keep", false, "stay up at the end, and print where the admin API is")
	return cmd
}

// demoBackendCmd is what the demo's backends run as: processes of this program.
func (c *cli) demoBackendCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "demo-backend",
		Short:  "Serve as one of the demo's backends",
		Hidden: true,
		Args:   want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Backend(cmd.Context(), os.Stdin, c.out)
		},
	}
}
