package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func (c *cli) historyCmd() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "history UPSTREAM",
		Short: "List the revisions of an upstream's split",
		Long: `History lists who changed the split, when and why, newest first, and for how long
that was the present one. A rollout's last revision has its report. How many are kept
is said by history in the configuration.`,
		Example: `  weir rollout history api
  weir rollout history api --limit 10
  weir rollout history api -o json`,
		Args: want("UPSTREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return usagef("--limit %d: want 1 or more, or 0 for all", limit)
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			revisions, err := client.History(cmd.Context(), args[0], limit)
			if err != nil {
				return err
			}
			return c.print(api.History{Revisions: revisions}, func(w io.Writer) error { return writeHistory(w, revisions) })
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "the newest so many; 0 for all that are kept")
	return cmd
}

func writeHistory(w io.Writer, revisions []api.Revision) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REVISION\tAT\tLASTED\tSOURCE\tAUTHOR\tSTABLE\tSPLIT\tREASON")
	for i, r := range revisions {
		stable := r.Stable
		if i+1 < len(revisions) && revisions[i+1].Stable != stable {
			stable = revisions[i+1].Stable + " -> " + stable
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Revision, r.At.Local().Format(time.DateTime),
			lasted(r), r.Source, orDash(asked(r)), stable, splitLine(r.Split), orDash(because(r)))
	}
	return t.Flush()
}

// asked is who asked for a revision, and from where.
func asked(r api.Revision) string {
	if r.From == "" {
		return r.Author
	}
	return strings.TrimSpace(r.Author + " from " + r.From)
}

// because is why a revision was made, and what it came to.
func because(r api.Revision) string {
	reason := r.Reason
	if ro := r.Rollout; ro != nil && ro.Report != nil {
		reason += " ("
		if ro.Duration != nil {
			reason += "took " + seconds(*ro.Duration) + ", "
		}
		reason += reportLine(ro.Report) + ")"
	}
	for _, g := range r.Gates {
		reason += fmt.Sprintf("; gate %s", g.Name)
		if g.Step > 0 {
			reason += " " + gatePlace(g)
		}
		reason += " " + g.State
	}
	if n := r.NoReturn; n != nil {
		reason += "; point of no return since " + n.At.Local().Format(time.DateTime)
	}
	return reason
}

// lasted is how long it was the present one.
func lasted(r api.Revision) string {
	if r.Lasted == nil {
		return "-"
	}
	return seconds(*r.Lasted)
}

// seconds is a duration in the units that it needs.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d >= time.Second {
		d = d.Round(time.Second)
	} else {
		d = d.Round(time.Millisecond)
	}
	return show.Duration(d)
}

// splitLine shows the versions that have traffic.
func splitLine(split map[string]api.Share) string {
	var parts []string
	for _, version := range slices.Sorted(maps.Keys(split)) {
		if s := split[version]; s.Weight > 0 {
			parts = append(parts, version+"="+percent(s.Share))
		}
	}
	return strings.Join(parts, " ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
