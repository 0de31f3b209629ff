package top

import (
	"fmt"
	"math"
	"time"

	"charm.land/lipgloss/v2"

	"weir/proxy/admin/api"
)

// opened is one upstream, whole.
func (m model) opened() (p page) {
	u := m.upstream(m.open)
	p.add(strong.Render(plain(u.Name)) + fmt.Sprintf("  revision %d, stable %s", u.Revision, plain(u.Stable)))
	p.add("  " + shareBar(u, max(8, min(32, m.width/3))))
	if u.Drift != "" {
		p.add(m.wrap(warn, "  ", "drift: "+u.Drift)...)
	}
	m.addRollout(&p, u)
	m.addErrors(&p, u)
	p.add("")
	m.addVersions(&p, u)
	p.add("")
	m.addEndpoints(&p, u)
	return p
}

// addRollout is the rollout or guard that is on, or how the last rollout ended.
func (m model) addRollout(p *page, u *api.Upstream) {
	r := judged(u)
	if r == nil && m.frame.open == u.Name {
		r = m.frame.last
	}
	if r == nil {
		if c := u.LastChange; c.Reason != "" {
			p.add(m.wrap(faint, "  ", fmt.Sprintf("last change by %s: %s", c.Source, c.Reason))...)
		}
		return
	}
	p.add("")
	if r.Steps > 0 {
		p.add(fmt.Sprintf("  rollout %s (%s) %s to %s", plain(r.ID), plain(r.Strategy), plain(r.From), plain(r.To)))
		p.add(fmt.Sprintf("  %sstep %d of %d, %s", steps(r), r.Step, r.Steps, stateStyle(r.State).Render(plain(r.State))))
	} else {
		p.add(fmt.Sprintf("  guard of %s, %s", plain(r.To), stateStyle(r.State).Render(plain(r.State))))
	}
	if r.Reason != "" {
		p.add(m.wrap(stateStyle(r.State), "  ", r.Reason)...)
	}
	if r.WaitsFor != "" {
		p.add(m.wrap(lipgloss.NewStyle(), "  ", "waits for "+r.WaitsFor)...)
	}
	if e := r.Evidence; e != nil && !r.Ended() {
		p.add(m.evidence(e)...)
	}
}

// evidence is how near it is to a revert, in logarithms: they grow as fast as failures
// come.
func (m model) evidence(e *api.Evidence) []string {
	part := 0.0
	if e.Threshold > 1 && e.Combined > 1 {
		part = math.Log(e.Combined) / math.Log(e.Threshold)
	}
	lines := []string{fmt.Sprintf("  evidence %s %s of %s reverts", meter(part, max(5, min(20, m.width-35))), odds(e.Combined), odds(e.Threshold))}
	return append(lines, m.wrap(faint, "  ", fmt.Sprintf("errors %s, latency %s; failed %d of %d, %d of %d on stable",
		odds(e.Errors), odds(e.Latency), e.Candidate.Failures, e.Candidate.Requests, e.Stable.Failures, e.Stable.Requests))...)
}

// odds is an e-value, which may be of any size.
func odds(e float64) string {
	if e >= 1e6 || e > 0 && e < 0.01 {
		return fmt.Sprintf("%.0e", e)
	}
	return number(e, 2)
}

// addErrors is the error rate of the last seconds: the users', and that of the versions
// beside stable that have requests.
func (m model) addErrors(p *page, u *api.Upstream) {
	s := m.frame.series
	if m.frame.open != u.Name || len(s.At) == 0 {
		return
	}
	p.add("")
	width := max(10, min(60, m.width-26))
	line := func(name string, requests, errors api.Line) {
		spark, most := sparkline(requests, errors, width)
		style := good
		if most > 0 {
			style = bad
		}
		p.add("  " + row(m.width-2, column{8, name, lipgloss.NewStyle()}, column{width, spark, style}, column{14, "most " + percent(most), lipgloss.NewStyle()}))
	}
	p.add("  " + faint.Render(fmt.Sprintf("errors of the last %d s", width)))
	line("users", s.Users.Requests, s.Users.Errors)
	for _, v := range s.Versions {
		if v.Name != u.Stable && u.Split[v.Name].Share > 0 {
			line(v.Name, v.Requests, v.Errors)
		}
	}
}

func (m model) addVersions(p *page, u *api.Upstream) {
	cells := func(title, share string, w api.Window) []column {
		reqs, errs, p50, p99 := windowCells(w)
		if title == "" {
			title, reqs, errs, p50, p99 = "VERSION", "REQ/S", "ERRORS", "P50", "P99"
		}
		var usual lipgloss.Style
		style := usual
		if w.Errors > 0 {
			style = bad
		}
		if m.narrow() {
			return []column{{9, title, usual}, {-6, share, usual}, {-6, reqs, usual}, {-6, errs, style}, {-7, p99, usual}}
		}
		return []column{{10, title, usual}, {-7, share, usual}, {-7, reqs, usual}, {-7, errs, style}, {-9, p99, usual}, {-9, p50, usual}}
	}
	p.add(faint.Render("  " + row(m.width-2, cells("", "SHARE", api.Window{})...)))
	for _, v := range u.Versions {
		p.add("  " + row(m.width-2, cells(v.Name, percent(u.Split[v.Name].Share), v.Window)...))
	}
	p.add("  " + row(m.width-2, cells("users", "", u.Users)...))
}

func (m model) addEndpoints(p *page, u *api.Upstream) {
	address := 15
	list := endpoints(u)
	for _, e := range list {
		address = max(address, min(len(e.Address), 32))
	}
	address = min(address, max(15, m.width-24))
	p.add(faint.Render("  " + row(m.width-2, column{width: address, text: "ENDPOINT"}, column{width: 10, text: "HEALTH"},
		column{width: 8, text: "VERSION"}, column{width: -9, text: "IN FLIGHT"}, column{width: -6, text: "SINCE"})))
	for i, e := range list {
		mark := "  "
		style := lipgloss.NewStyle()
		if i == m.endpoint {
			mark, style, p.first = strong.Render("> "), strong, len(p.lines)
		}
		state, stateStyle := e.Health, good
		if e.State != api.StateUp {
			state = e.State
		}
		if !serves(e) {
			stateStyle = bad
		}
		p.add(mark + row(m.width-2, column{address, e.Address, style}, column{10, state, stateStyle}, column{width: 8, text: e.version},
			column{width: -9, text: fmt.Sprint(e.Inflight)}, column{width: -6, text: age(e.Since, m.frame.at)}))
		if e.Cause != "" {
			p.add(m.wrap(warn, "    ", e.Cause)...)
		}
		if i == m.endpoint {
			p.last = len(p.lines)
		}
	}
	if m.endpoint == 0 {
		p.first = 0 // what is above it is to be seen, too
	}
}

// age is how long ago something was, in one unit.
func age(since *time.Time, now time.Time) string {
	if since == nil {
		return "-"
	}
	d := max(0, now.Sub(*since))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
