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
func writeOverview(w io.Writer, o overview, p show.Palette) error {
	var b bytes.Buffer
	if s := o.process.State; !s.OK {
		fmt.Fprintf(&b, "%s\n\n", p.Bad("state: changes cannot be kept: "+s.Error))
	}
	if r := o.process.Reload; !r.OK && r.Error != "" {
		fmt.Fprintf(&b, "%s\n%s\n\n", p.Bad("the latest reload was refused, the file before it serves:"), r.Error)
	}
	for i, u := range o.upstreams {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		writeUpstream(&b, u, p)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeUpstream(w io.Writer, u api.Upstream, p show.Palette) {
	fmt.Fprintf(w, "%s: revision %d, stable %s\n", u.Name, u.Revision, u.Stable)
	for _, r := range judged(u) {
		fmt.Fprintf(w, "%s\n", painted(p, r.State, rolloutLine(r)))
	}
	if c := u.LastChange; c.Source != "" {
		by := c.Source
		if c.Author != "" {
			by += " (" + c.Author + ")"
		}
		fmt.Fprintf(w, "last change %s by %s%s\n", c.At.Local().Format(time.DateTime), by, changeReason(u))
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
		fmt.Fprintln(w, p.Warn("drift: "+u.Drift))
	}
	for _, v := range u.Versions {
		for _, n := range v.Names {
			if n.Error != "" {
				fmt.Fprintln(w, p.Warn(fmt.Sprintf("warning: %s: name %s: %s", v.Name, n.Name, n.Error)))
			}
		}
	}
	for _, name := range unserved(u, "") {
		fmt.Fprintln(w, p.Bad("warning: "+unservedText(u, name)))
	}
	table(w, "VERSION\tWEIGHT\tSHARE\tREQ/S\tERRORS\tP99", func(t io.Writer) {
		for _, v := range u.Versions {
			s := u.Split[v.Name]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.Name, number(s.Weight, 3), percent(s.Share), windowCells(v.Window))
		}
	})
	header := fmt.Sprintf("ENDPOINT\tVERSION\t%s\t%s\tIN FLIGHT\tWEIGHT", p.Plain("STATE"), p.Plain("HEALTH"))
	table(w, header, func(t io.Writer) {
		for _, v := range u.Versions {
			for _, e := range v.Endpoints {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", e.Address, v.Name, painted(p, e.State, e.State), painted(p, e.Health, e.Health), e.Inflight, weightCell(e))
			}
		}
	})
}

// changeReason is why the last change was made, if anybody has said that, unless that was just said of the rollout
// or guard that has made it: such a sentence is long.
func changeReason(u api.Upstream) string {
	for _, r := range judged(u) {
		if r.Reason == u.LastChange.Reason && r.Reason != "" {
			return ": as above"
		}
	}
	return reasoned(u.LastChange.Reason)
}

// reasoned is a reason behind what it is for.
func reasoned(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
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

// painted is text about a state of an endpoint or a rollout, in that state's colour.
func painted(p show.Palette, state, text string) string {
	switch state {
	case api.StateUp, api.RolloutProgressing, api.RolloutBaking, api.RolloutSucceeded:
		return p.Good(text)
	case api.HealthChecking, api.HealthSlowStart, api.StateDrain, api.RolloutPaused, api.RolloutHolding, api.RolloutWaitingGate:
		return p.Warn(text)
	case api.StateDown, api.HealthEjected, api.RolloutReverting, api.RolloutReverted, api.RolloutAborted:
		return p.Bad(text)
	}
	return p.Plain(text)
}
