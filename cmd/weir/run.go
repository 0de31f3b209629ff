package main

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
)

func (c *cli) runCmd() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "run -c FILE",
		Short: "Serve, until a signal asks to stop",
		Long: `Run serves what FILE says. The log goes to standard output, one JSON object a line.

SIGTERM and SIGINT stop it: no new connections, requests in flight finish (for as
long as the longest timeouts.drain allows; the admin API shows how many are left).
The exit code is 0 when all have finished and 3 when some were cut off. SIGHUP loads the file again, and so does a change
of the file.`,
		Example: `  weir run -c weir.yaml`,
		Args:    want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("missing -c FILE")
			}
			signal.Ignore(syscall.SIGPIPE) // a reader of the log that leaves must not take the proxy with it
			return app.Run(cmd.Context(), app.Options{ConfigFile: file, Log: c.out, Version: version})
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "", "the configuration file")
	return cmd
}
