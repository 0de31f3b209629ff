package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
	"weir/cmd/internal/app/records"
)

func (c *cli) checkCmd() *cobra.Command {
	var effective bool
	var stateDir string
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a configuration file can be used",
		Long: `Check loads FILE as 'run' and a reload would, and changes nothing. It prints one
line per fault, FILE:LINE:COL: path: what is wrong, what is allowed, and then ends
with exit code 1.

With --effective it prints every value that would be in force, in the order of the
file, and where it comes from: a place in the file, with the variables of the
environment that stand there, or the default. Secrets are hidden. Of a configuration
of NGINX's (FILE ends in .conf) it is what 'weir import nginx' makes of it.

With --state it says too what would serve if Weir started with FILE on the state in DIR,
and for each upstream and flag which of the two wins where they disagree. Weir must not run on it.`,
		Example: `  weir check weir.yaml && weir reload
  weir check weir.yaml --state ./state
  weir check weir.yaml --effective | grep -v default`,
		Args: want("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if effective {
				return c.effective(args[0])
			}
			if err := app.Check(args[0], c.out); err != nil || stateDir == "" {
				return err
			}
			return records.Drift(stateDir, args[0], c.out)
		},
	}
	cmd.Flags().StringVar(&stateDir, "state", "", "a state directory to compare the file with")
	cmd.Flags().BoolVar(&effective, "effective", false, "print all values in force, and where each comes from")
	return cmd
}

// effective prints the values in force, the longest column last.
func (c *cli) effective(file string) error {
	settings, err := app.Effective(file)
	if err != nil {
		return err
	}
	return c.print(settings, func(w io.Writer) error {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "KEY\tFROM\tVALUE")
		for _, s := range settings {
			from := s.From
			if len(s.Env) > 0 {
				from += " env " + strings.Join(s.Env, ", ")
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", s.Key, from, s)
		}
		return t.Flush()
	})
}
