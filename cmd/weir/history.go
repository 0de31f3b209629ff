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

	"weir/proxy/admin/api"
)

func (c *cli) historyCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "history UPSTREAM",
		Short: "List the revisions of an upstream's split",
		Long: `History lists who changed the split, when and why, newest first. A rollout's last
revision has its report.`,
		Example: `  weir rollout history api
  weir rollout history api -o json`,
		Args: want("UPSTREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.client()
			if err != nil {
				return err
			}
			revisions, err := client.History(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if c.output == "json" {
				return c.json(api.History{Revisions: revisions})
			}
			return writeHistory(c.out, revisions)
		},
	}
}

func writeHistory(w io.Writer, revisions []api.Revision) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REVISION\tAT\tSOURCE\tAUTHOR\tSTABLE\tSPLIT\tREASON")
	for _, r := range revisions {
		reason := r.Reason
		if r.Rollout != nil && r.Rollout.Report != nil {
			reason += " (" + reportLine(r.Rollout.Report) + ")"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Revision, r.At.Local().Format(time.DateTime),
			r.Source, orDash(r.Author), r.Stable, splitLine(r.Split), orDash(reason))
	}
	return t.Flush()
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
