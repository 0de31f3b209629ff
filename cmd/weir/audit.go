package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/proxy/admin/api"
)

func (c *cli) auditCmd() *cobra.Command {
	var q api.AuditQuery
	cmd := &cobra.Command{
		Use:   "audit [UPSTREAM]",
		Short: "Show who has changed what, from where, and with what result",
		Long: `Audit lists the changes that somebody asked for, obeyed or refused, and those that Weir
made by itself, newest first. --before takes the id that the last line of a page names.`,
		Example: `  weir audit
  weir audit api --limit 20
  weir audit --flag new-checkout
  weir audit -o json`,
		Args: want("[UPSTREAM]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Limit < 1 || q.Limit > maxAudit {
				return usagef("--limit %d: want 1 to %d", q.Limit, maxAudit)
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			if len(args) > 0 {
				q.Upstream = args[0]
			}
			a, err := client.Audit(cmd.Context(), q)
			if err != nil {
				return err
			}
			if len(a.Entries) == 0 { // is it never changed, or never there?
				if err := isThere(cmd.Context(), client, q.Upstream, q.Flag); err != nil {
					return err
				}
			}
			return c.print(a, func(w io.Writer) error { return writeAudit(w, &a) })
		},
	}
	cmd.Flags().IntVar(&q.Limit, "limit", 100, "at most so many")
	ofFlag(cmd, &q.Flag)
	cmd.Flags().Uint64Var(&q.Before, "before", 0, "only those before the one with this id")
	return cmd
}

func writeAudit(w io.Writer, a *api.Audit) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tAT\tWHO\tROLE\tFROM\tWHAT\tRESULT\tWHY")
	for i := range a.Entries {
		e := &a.Entries[i]
		what := strings.Join(strings.Fields(e.Action+" "+cmp.Or(e.Upstream, e.Group, e.Flag)+" "+e.Target), " ")
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.At.Local().Format(time.DateTime), orDash(e.Author),
			orDash(e.Role), e.From, what, e.Result, orDash(auditWhy(e)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if a.Next > 0 {
		fmt.Fprintf(w, "there are more: --before %d\n", a.Next)
	}
	return nil
}

// auditWhy is why it was done, or why it was not and then what it was for, in one line.
func auditWhy(e *api.AuditEntry) string {
	if e.Detail == "" || e.Reason == "" {
		return firstLine(e.Detail) + e.Reason
	}
	return firstLine(e.Detail) + " (" + e.Reason + ")"
}

// firstLine is the first of a refusal's lines: a reload's has one for each fault.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// maxAudit is the largest page of the audit log.
const maxAudit = 1000
