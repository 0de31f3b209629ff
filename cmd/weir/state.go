package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/records"
)

func (c *cli) stateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state COMMAND",
		Short: "Save, fill and shrink a state directory while no Weir runs on it",
		Long: `These commands work on the directory that state: names in the file, which has what
outlives the process: splits, histories, rollouts and what operators have set. A Weir
that runs has it locked; they say which process that is, and do nothing.`,
		Args: cobra.ArbitraryArgs, // group refuses them better
		RunE: group,
	}
	cmd.AddCommand(c.stateExportCmd(), c.stateImportCmd(), c.stateCompactCmd())
	return cmd
}

func (c *cli) stateExportCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "Print all that a state directory holds, as JSON",
		Long: `Export prints the records of DIR, for a backup or to look into. What is not in it is the
key that approval links are signed with. It is JSON unless --output says yaml; import
takes JSON.`,
		Example: `  weir state export ./state > weir-state.json`,
		Args:    want("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			x, err := records.Save(args[0])
			if err != nil {
				return err
			}
			return c.print(x, func(io.Writer) error { return c.json(x) })
		},
	}
}

func (c *cli) stateImportCmd() *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "import DIR [FILE]",
		Short: "Fill a state directory with what export has printed",
		Long: `Import puts the records of FILE, or of standard input, into DIR, all or none. A DIR that
has something is refused, unless --replace says that all of it goes; export saves it
first. What a start could not use is refused.`,
		Example: `  weir state import ./state weir-state.json
  weir state export /old/state | weir state import ./state`,
		Args: want("DIR", "[FILE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := cmd.InOrStdin()
			if len(args) > 1 {
				f, err := os.Open(args[1])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			n, err := records.Fill(args[0], in, replace)
			if err != nil {
				return err
			}
			return c.print(map[string]int{"records": n}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: %s\n", args[0], count(n, "record"))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "replace what is there")
	return cmd
}

func (c *cli) stateCompactCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "compact DIR",
		Short: "Make the file of a state directory as small as it can be",
		Long: `Compact writes the records of DIR into a new file that takes the place of the old one in
one step: it never shrinks by itself.`,
		Example: `  weir state compact ./state`,
		Args:    want("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			before, after, err := records.Compact(args[0])
			if err != nil {
				return err
			}
			return c.print(map[string]int64{"before_bytes": before, "after_bytes": after}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: %d bytes before, %d after\n", args[0], before, after)
				return err
			})
		},
	}
}
