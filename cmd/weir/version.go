package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

func (c *cli) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  want(),
		RunE: func(*cobra.Command, []string) error {
			what := map[string]string{
				"version": version, "commit": commit, "date": date,
				"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
			}
			built := ""
			if commit != "" {
				built = "commit " + commit + " of " + date + ", "
			}
			return c.print(what, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "weir %s (%s%s, %s/%s)\n", version, built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return err
			})
		},
	}
}
