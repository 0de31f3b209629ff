package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) flagHistoryCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "history KEY",
		Short: "List what was set over a flag",
		Long: `History lists who has set something over the flag's definition, from where, when and
why, newest first. The definition's own history is that of its file.`,
		Example: `  weir flag history new-checkout`,
		Args:    want("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			revisions, err := flagRevisions(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			return c.print(api.FlagHistory{Revisions: revisions}, func(w io.Writer) error {
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "REVISION\tAT\tSOURCE\tAUTHOR\tSETTING\tREASON")
				for i := range revisions {
					r := &revisions[i]
					fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", r.Revision, r.At.Local().Format(time.DateTime),
						r.Source, orDash(asked(r.Author, r.From)), settingWords(r), orDash(flagBecause(r)))
				}
				return t.Flush()
			})
		},
	}
}

// flagRevisions are all that are kept, newest first.
func flagRevisions(ctx context.Context, client *api.Client, key string) (all []api.FlagRevision, err error) {
	var p api.Page
	for {
		h, err := client.FlagHistoryPage(ctx, key, p)
		if err != nil {
			return nil, err
		}
		all = append(all, h.Revisions...)
		if p.Before = h.Next; h.Next == 0 {
			return all, nil
		}
	}
}

// flagBecause is why a revision was made, and what its rollout came to.
func flagBecause(r *api.FlagRevision) string {
	why := []string{r.Reason}
	if r.Source != api.SourceRollout {
		why = append(why, endWords(r.Rollout))
	}
	said := strings.Join(slices.DeleteFunc(why, func(s string) bool { return s == "" }), "; ")
	if r.Rollout == nil || r.Rollout.Report == nil {
		return said
	}
	return said + " (" + reportLine(r.Rollout.Report) + ")"
}

// endWords say what has become of a rollout that is over; "": it is not, or there is none.
func endWords(o *api.Rollout) string {
	if o == nil || !o.Ended() {
		return ""
	}
	return fmt.Sprintf("rollout %s to %s: %s", o.ID, o.To, o.State)
}

// settingWords are what a revision has set, or whom its rollout has come to.
func settingWords(r *api.FlagRevision) string {
	switch {
	case r.Rollout != nil && !r.Rollout.Ended() && len(reachWords(r.Rollout)) > 0:
		return r.Rollout.To + " to " + strings.Join(reachWords(r.Rollout), " and ")
	case r.Enabled != nil && !*r.Enabled:
		return "disabled"
	case r.Variant != nil:
		return *r.Variant + " for everybody"
	case r.Enabled != nil:
		return "enabled"
	}
	return "as the file says"
}

// reachWords are who gets the variant of a rollout.
func reachWords(r *api.Rollout) []string {
	who := slices.Clone(r.Segments)
	if r.Weight > 0 {
		who = append(who, percent(r.Weight/100))
	}
	return who
}

func (c *cli) flagUndoCmd() *cobra.Command {
	var to uint64
	var reason string
	cmd := &cobra.Command{
		Use:   "undo KEY",
		Short: "Set what was set before over a flag",
		Long: `Undo sets what the revision before the present one had set, or with --to-revision that
one's. It is a new revision of its own. See 'flag history'.`,
		Example: `  weir flag undo new-checkout
  weir flag undo new-checkout --to-revision 3`,
		Args: want("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := api.UndoRequest{Reason: reason, Author: author()}
			if cmd.Flags().Changed("to-revision") {
				if to == 0 {
					return usagef("--to-revision 0: want 1 or more")
				}
				r.ToRevision = &to
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			f, err := client.UndoFlag(cmd.Context(), args[0], r)
			if err != nil {
				return err
			}
			return c.changedFlag(&f)
		},
	}
	cmd.Flags().Uint64Var(&to, "to-revision", 0, "the revision whose setting shall come back")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}
