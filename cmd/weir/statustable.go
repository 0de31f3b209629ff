package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// writeOverview shows upstreams for people. It writes once, so that a terminal
// never shows half of it.
func writeOverview(w io.Writer, o overview) error {
	var b bytes.Buffer
	if s := o.process.State; !s.OK {
		fmt.Fprintf(&b, "state: changes cannot be kept: %s\n\n", s.Error)
	}
	if r := o.process.Reload; !r.OK && r.Error != "" {
		fmt.Fprintf(&b, "the latest reload was refused, the file before it serves:\n%s\n\n", r.Error)
	}
	for i, u := range o.upstreams {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		writeUpstream(&b, u)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeUpstream(w io.Writer, u api.Upstream) {
	fmt.Fprintf(w, "%s: revision %d, stable %s\n", u.Name, u.Revision, u.Stable)
	for _, r := range judged(u) {
		fmt.Fprintf(w, "%s\n", rolloutLine(r))
	}
	if c := u.LastChange; c.Source != "" {
		fmt.Fprintf(w, "last change %s by %s: %s\n", c.At.Local().Format(time.DateTime), c.Source, changeReason(u))
	}
	if u.Schema != nil {
		fmt.Fprintln(w, schemaLine(u))
	}
	writeReadOnly(w, &u)
	if u.Writes.Pinned {
		fmt.Fprintf(w, "writes go to %s alone\n", u.Writes.Version)
	}
	if b := u.WayBack; b != nil && b.Refused != "" {
		fmt.Fprintf(w, "no way back to revision %d (%s): %s\n", b.Revision, b.Stable, b.Refused)
	} else if b != nil && b.WarmUntil != nil && time.Now().Before(*b.WarmUntil) {
		fmt.Fprintf(w, "way back: undo to revision %d (%s), which is kept warm until %s\n", b.Revision, b.Stable, b.WarmUntil.Local().Format(time.DateTime))
	}
	if c := u.Contract; c != nil {
		fmt.Fprintf(w, "contract of rollout %s: %s\n", c.Rollout, show.Sentence(c.State, c.Reason))
	}
	for _, v := range u.Versions {
		if r := v.Retired; r != nil {
			fmt.Fprintf(w, "%s has retired: last request %s\n", v.Name, r.LastRequestAt.Local().Format(time.DateTime))
		}
	}
	if u.Drift != "" {
		fmt.Fprintf(w, "drift: %s\n", u.Drift)
	}
	for _, v := range u.Versions {
		for _, n := range v.Names {
			if n.Error != "" {
				fmt.Fprintf(w, "warning: %s: name %s: %s\n", v.Name, n.Name, n.Error)
			}
		}
	}
	for _, name := range unserved(u, "") {
		fmt.Fprintf(w, "warning: %s\n", unservedText(u, name))
	}
	table(w, "VERSION\tWEIGHT\tSHARE\tREQ/S\tERRORS\tP99", func(t io.Writer) {
		for _, v := range u.Versions {
			s := u.Split[v.Name]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.Name, number(s.Weight, 3), percent(s.Share), windowCells(v.Window))
		}
	})
	table(w, "ENDPOINT\tVERSION\tSTATE\tHEALTH\tIN FLIGHT\tWEIGHT", func(t io.Writer) {
		for _, v := range u.Versions {
			for _, e := range v.Endpoints {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", e.Address, v.Name, e.State, e.Health, e.Inflight, weightCell(e))
			}
		}
	})
}

// changeReason is why the last change was made, unless that was just said of the rollout
// or guard that has made it: such a sentence is long.
func changeReason(u api.Upstream) string {
	for _, r := range judged(u) {
		if r.Reason == u.LastChange.Reason && r.Reason != "" {
			return "as above"
		}
	}
	return orDash(u.LastChange.Reason)
}

// table aligns the rows under a header, indented below its upstream.
func table(w io.Writer, header string, rows func(io.Writer)) {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, header)
	rows(t)
	_ = t.Flush() // a bytes.Buffer takes everything
	for line := range strings.Lines(b.String()) {
		fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, " \n"))
	}
}

// weightCell is what an endpoint gets of its version's requests.
func weightCell(e api.Endpoint) string {
	if e.Backup {
		return fmt.Sprintf("%d backup", e.Weight)
	}
	return strconv.Itoa(e.Weight)
}

// windowCells are requests per second, error rate and p99; dashes without
// requests, because 0 % of nothing would look like good news.
func windowCells(w api.Window) string {
	if w.Requests == 0 || w.Seconds <= 0 {
		return "-\t-\t-"
	}
	return fmt.Sprintf("%s\t%s\t%s ms", number(float64(w.Requests)/w.Seconds, 1), percent(w.ErrorRate), number(w.P99, 1))
}

// endpointsLine names the endpoints that do not serve, or says that all do.
func endpointsLine(u api.Upstream) string {
	var out []string
	for _, v := range u.Versions {
		for _, e := range v.Endpoints {
			switch {
			case e.State != api.StateUp:
				out = append(out, e.Address+" "+e.State)
			case !serves(e):
				out = append(out, e.Address+" "+e.Health)
			}
		}
	}
	if len(out) == 0 {
		return "all endpoints up"
	}
	return strings.Join(out, ", ")
}
