package main

import (
	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
)

func (c *cli) importCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FORMAT FILE",
		Short: "Turn another proxy's configuration into one of Weir's",
		Args:  cobra.ArbitraryArgs, // group refuses them better
		RunE:  group,
	}
	cmd.AddCommand(c.importNginxCmd())
	return cmd
}

// outputFile is what import takes -o for.
const outputFile = "the file to write"

func (c *cli) importNginxCmd() *cobra.Command {
	var o app.ImportOptions
	cmd := &cobra.Command{
		Use:   "nginx FILE [-o OUT]",
		Short: "Turn an nginx.conf into a weir.yaml, and say what became of each directive",
		Long: `Import reads FILE and all that it includes, as NGINX does, and writes what it
means for Weir. Every directive gets a verdict with its place: honoured, approximated
(and how it differs) or refused (and why). A refused directive on which it depends who
gets which request ends the import with exit code 1 and nothing written.

Without -o the file goes to standard output, with the report behind it as comments.`,
		Example: `  weir import nginx /etc/nginx/nginx.conf -o weir.yaml && weir check weir.yaml
  weir import nginx nginx.conf --nginx-version 1.22 --strict
  weir run --nginx /etc/nginx/nginx.conf`,
		Args: want("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.File = args[0]
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			if o.JSON && o.Out == "" {
				return usagef("--json: want -o OUT beside it")
			}
			return app.Import(o, c.out)
		},
	}
	cmd.Flags().StringVarP(&o.Out, "output", "o", "", outputFile)
	cmd.Flags().BoolVar(&o.JSON, "json", false, "the report for machines")
	nginxFlags(cmd, &o.NGINX)
	return cmd
}

// nginxFlags are the flags of every command that reads NGINX's configuration.
func nginxFlags(cmd *cobra.Command, n *app.NGINX) {
	cmd.Flags().StringVar(&n.Version, "nginx-version", "", "the version of NGINX whose defaults hold (default the newest)")
	cmd.Flags().BoolVar(&n.Strict, "strict", false, "refuse also what is approximated")
	cmd.Flags().StringVar(&n.Admin, "admin-address", "", "where the admin API listens (default 127.0.0.1:9900)")
	cmd.Flags().StringVar(&n.State, "state", "", "the directory of the state store (default none: state is lost with the process)")
	cmd.Flags().BoolVar(&n.Versions, "versions", false, "make versions of servers that look like a canary")
}
