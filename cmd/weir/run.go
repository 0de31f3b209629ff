package main

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
)

func (c *cli) runCmd() *cobra.Command {
	var file, nginx string
	var n app.NGINX
	cmd := &cobra.Command{
		Use:   "run (-c FILE | --nginx FILE)",
		Short: "Serve, until a signal asks to stop",
		Long: `Run serves what FILE says. The log goes to standard output, one JSON object a line.

SIGTERM and SIGINT stop it: no new connections, requests in flight finish (for as
long as the longest timeouts.drain allows; the admin API shows how many are left).
The exit code is 0 when all have finished and 3 when some were cut off. SIGHUP loads the file again, and so does a change
of the file.

With --nginx FILE is NGINX's configuration: it is read as 'weir import nginx' does,
at the start and at each reload, and refused where that refuses it.`,
		Example: `  weir run -c weir.yaml
  weir run --nginx /etc/nginx/nginx.conf`,
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := app.Options{ConfigFile: file, Log: c.out, Version: version}
			switch {
			case file == "" && nginx == "":
				return usagef("missing -c FILE%s", suchAs(cmd))
			case file != "" && nginx != "":
				return usagef("both -c and --nginx: want one of them")
			case nginx != "":
				if err := n.Check(); err != nil {
					return usageError{err}
				}
				o.ConfigFile, o.NGINX = nginx, &n
			}
			signal.Ignore(syscall.SIGPIPE) // a reader of the log that leaves must not take the proxy with it
			return app.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "", "the configuration file")
	cmd.Flags().StringVar(&nginx, "nginx", "", "a configuration of NGINX instead")
	nginxFlags(cmd, &n)
	return cmd
}
