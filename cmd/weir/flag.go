package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) flagCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flag COMMAND",
		Short: "Show flags, and set them over what their files say",
		Long: `Files define flags: their variants, and rules for who gets which. These commands show
what serves and set something over it, from the next request on, across reloads and
restarts: numbered, with a history of their own, until the file says something else.

'rollout start --flag KEY --to VARIANT' gives a variant to more and more people.`,
		Example: `  weir flag list
  weir flag disable new-checkout --reason "it fails for guests"
  weir flag explain new-checkout --context targetingKey=42`,
		Args: cobra.ArbitraryArgs, // group refuses them better
		RunE: group,
	}
	cmd.AddCommand(c.flagListCmd(), c.flagGetCmd(), c.flagSetCmd(),
		c.flagSwitchCmd(true, "enable", "Turn a flag on", "Enable turns a flag on: its definition decides again, or what is set over it."),
		c.flagSwitchCmd(false, "disable", "Turn a flag off, for everybody and at once",
			"Disable is the kill switch: from the next request on nobody gets a variant, whatever\nrules, a forced variant or a rollout say. Applications use their own default. It does\nnot wait for the disk, and is never refused for its sake. A rollout of the flag ends."),
		c.flagExplainCmd(), c.flagHistoryCmd(), c.flagUndoCmd())
	return cmd
}

func (c *cli) flagListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all flags",
		Long: `List shows each flag: whether it is on, what everybody gets whom no rule chooses or what
is set over that, and of the flags that requests of users ask for what share of the
last ten seconds' got which variant.`,
		Example: `  weir flag list
  weir flag list -o json`,
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			flags, err := client.Flags(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(api.Flags{Flags: flags}, func(w io.Writer) error { return writeFlags(w, flags, c.palette()) })
		},
	}
}

func (c *cli) flagGetCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "get KEY",
		Short: "Show a flag",
		Long: `Get shows a flag whole: what its file says, what is set over that, by whom and why, and
for each variant its value and how the requests have ended that got it.`,
		Example: `  weir flag get new-checkout`,
		Args:    want("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			f, err := client.Flag(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.print(f, func(w io.Writer) error { return writeFlag(w, &f, c.palette()) })
		},
	}
}

func (c *cli) flagSetCmd() *cobra.Command {
	var reason string
	var asDefined bool
	cmd := &cobra.Command{
		Use:   "set KEY VARIANT|--as-defined",
		Short: "Give everybody one variant",
		Long: `Set gives everybody that variant, whatever the flag's rules say, from the next request
on. With --as-defined the rules decide again. While a rollout gives people one variant,
another one for everybody ends that, and waits for no disk.`,
		Example: `  weir flag set new-checkout on --reason "it is the only one now"
  weir flag set new-checkout --as-defined`,
		Args: want("KEY", "[VARIANT]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			variant := ""
			switch {
			case len(args) == 2 && asDefined:
				return usagef("both VARIANT and --as-defined: want one of them")
			case len(args) == 2:
				variant = args[1]
			case !asDefined:
				return usagef("missing VARIANT: want one, or --as-defined%s", suchAs(cmd))
			}
			return c.setFlag(cmd, args[0], api.FlagRequest{Variant: api.Force(variant), Reason: reason})
		},
	}
	cmd.Flags().BoolVar(&asDefined, "as-defined", false, "no variant for everybody any more: the rules decide")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

// flagSwitchCmd is enable or disable.
func (c *cli) flagSwitchCmd(on bool, verb, short, long string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     verb + " KEY",
		Short:   short,
		Long:    long,
		Example: "  weir flag " + verb + " new-checkout",
		Args:    want("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.setFlag(cmd, args[0], api.FlagRequest{Enabled: &on, Reason: reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

func (c *cli) setFlag(cmd *cobra.Command, key string, r api.FlagRequest) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	r.Author = author()
	f, err := client.SetFlag(cmd.Context(), key, r)
	if err != nil {
		return err
	}
	return c.changedFlag(&f)
}

// changedFlag is how every write to a flag ends.
func (c *cli) changedFlag(f *api.Flag) error {
	return c.print(f, func(w io.Writer) error {
		said := flagState(f)
		if r := f.Rollout; r != nil {
			said += "; " + rolloutLine(*r)
		} else if f.LastChange != nil && endWords(f.LastChange.Rollout) != "" {
			said += "; " + endWords(f.LastChange.Rollout)
		}
		_, err := fmt.Fprintf(w, "%s: revision %d, %s\n", f.Key, f.Revision, said)
		return err
	})
}
