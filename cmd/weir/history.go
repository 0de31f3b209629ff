package main

import (
	"context"
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
	var refused bool
	cmd := &cobra.Command{
		Use:   "history UPSTREAM",
		Short: "List the revisions of an upstream's split",
		Long: `History lists who changed the split, from where, when and why, newest first, and for how
long that was the present one. A rollout's last revision has its report. How many are
kept is said by history in the configuration.

With --refused it has between them, from the audit log, what somebody has asked of the
upstream in that time and did not get, and why not. What else was done, to its endpoints
say, is in 'weir audit'.`,
		Example: `  weir rollout history api
  weir rollout history api --limit 10
  weir rollout history api --refused
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
			h := history{}
			if h.Revisions, err = client.History(cmd.Context(), args[0], limit); err != nil {
				return err
			}
			if refused {
				if err := h.addRefused(cmd.Context(), client, args[0]); err != nil {
					return err
				}
			}
			return c.print(h, h.write)
		},
	}
	cmd.Flags().BoolVar(&refused, "refused", false, "also what was asked for and refused")
	cmd.Flags().IntVar(&limit, "limit", 0, "the newest so many; 0 for all that are kept")
	return cmd
}

// history is what became of an upstream's split, and what did not.
type history struct {
	api.History
	Refused []api.AuditEntry `json:"refused,omitempty"` // newest first
	more    bool             // older ones have been refused, too
}

// addRefused adds what was refused since the oldest revision that is shown.
func (h *history) addRefused(ctx context.Context, client *api.Client, upstream string) error {
	a, err := client.Audit(ctx, api.AuditQuery{Upstream: upstream, Limit: maxAudit})
	if err != nil || len(h.Revisions) == 0 {
		return err
	}
	oldest := h.Revisions[len(h.Revisions)-1].At
	h.more = a.Next > 0
	for _, e := range a.Entries {
		if e.At.Before(oldest) {
			h.more = false
			break
		}
		if e.Result != api.ResultOK {
			h.Refused = append(h.Refused, e)
		}
	}
	return nil
}

func (h *history) write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REVISION\tAT\tLASTED\tSOURCE\tAUTHOR\tSTABLE\tSPLIT\tREASON")
	refused := h.Refused
	for i, r := range h.Revisions {
		for len(refused) > 0 && refused[0].At.After(r.At) {
			writeRefused(t, &refused[0])
			refused = refused[1:]
		}
		stable := r.Stable
		if i+1 < len(h.Revisions) && h.Revisions[i+1].Stable != stable {
			stable = h.Revisions[i+1].Stable + " -> " + stable
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Revision, r.At.Local().Format(time.DateTime),
			lasted(r), r.Source, orDash(asked(r.Author, r.From)), stable, splitLine(r.Split), orDash(because(r)))
	}
	for i := range refused { // in the second of the oldest
		writeRefused(t, &refused[i])
	}
	if err := t.Flush(); err != nil || !h.more {
		return err
	}
	_, err := fmt.Fprintln(w, "more was refused before: weir audit")
	return err
}

// writeRefused is a row without a revision: what was asked for stands where a split would.
func writeRefused(w io.Writer, e *api.AuditEntry) {
	what := strings.TrimSpace(e.Action + " " + e.Target)
	if e.Reason != "" {
		what += " (" + e.Reason + ")"
	}
	fmt.Fprintf(w, "-\t%s\t-\t%s\t%s\t-\t%s\t%s\n", e.At.Local().Format(time.DateTime), e.Result, orDash(asked(e.Author, e.From)), what, orDash(firstLine(e.Detail)))
}

// asked is who has asked for something, and from where.
func asked(author, from string) string {
	if from == "" {
		return author
	}
	return strings.TrimSpace(author + " from " + from)
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
