package top

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

// list is all upstreams, a few lines each.
func (m model) list() (p page) {
	all := m.listed()
	name := 12
	for _, u := range all {
		name = max(name, min(len(u.Name), 30))
	}
	if m.width < 60 {
		name = 10
	}
	p.add(faint.Render("  " + row(m.width-2, numbers(name, "UPSTREAM", "REQ/S", "ERRORS", "P99", "P50", "HEALTH", faint)...)))
	for _, u := range all {
		mark := "  "
		style := lipgloss.NewStyle()
		if u.Name == m.chosen {
			mark, style, p.first = strong.Render("> "), strong, len(p.lines)
		}
		reqs, errs, p50, p99 := windowCells(u.Users)
		health, healthStyle := healthCell(u)
		cells := numbers(name, u.Name, reqs, errs, p99, p50, health, style)
		if u.Users.Errors > 0 {
			cells[2].style = bad
		}
		cells[len(cells)-1].style = healthStyle
		p.add(mark + row(m.width-2, cells...))
		p.add("    " + shareBar(u, max(8, min(32, m.width/3))))
		if r := judged(u); r != nil {
			p.add("    " + stateStyle(r.State).Render(plain(rolloutWords(r))))
		}
		if u.Drift != "" {
			p.add("    " + warn.Render("drift: "+plain(u.Drift)))
		}
		if u.Name == m.chosen {
			p.last = len(p.lines)
		}
	}
	switch {
	case len(all) == 0 && m.filter != "":
		p.add(fmt.Sprintf("  no upstream has %q in its name; Esc shows all", m.filter))
	case len(all) == 0:
		p.add("  the configuration has no upstream")
	case m.filter != "":
		p.add("", faint.Render(fmt.Sprintf("  %d of %d, those with %q; Esc shows all", len(all), len(m.frame.upstreams), m.filter)))
	}
	return p
}

// numbers are the cells of a line, the most wanted first: a narrow terminal has those
// alone.
func numbers(name int, title, reqs, errs, p99, p50, health string, style lipgloss.Style) []column {
	return []column{
		{name, title, style}, {-7, reqs, lipgloss.NewStyle()}, {-7, errs, lipgloss.NewStyle()},
		{-9, p99, lipgloss.NewStyle()}, {-9, p50, lipgloss.NewStyle()}, {12, health, lipgloss.NewStyle()},
	}
}

// windowCells are what a window has to say; dashes without requests, because 0 % of
// nothing would look like good news.
func windowCells(w api.Window) (reqs, errs, p50, p99 string) {
	if w.Requests == 0 || w.Seconds <= 0 {
		return "-", "-", "-", "-"
	}
	return number(float64(w.Requests)/w.Seconds, 1), percent(w.ErrorRate), number(w.P50, 1) + "ms", number(w.P99, 1) + "ms"
}

// healthCell is how many endpoints take requests.
func healthCell(u *api.Upstream) (string, lipgloss.Style) {
	serve, all := 0, 0
	for _, e := range endpoints(u) {
		all++
		if serves(e) {
			serve++
		}
	}
	style := good
	switch {
	case serve == 0:
		style = bad
	case serve < all:
		style = warn
	}
	return fmt.Sprintf("%d of %d up", serve, all), style
}

// serves says that an endpoint takes requests, as far as it is well enough already.
func serves(e endpoint) bool {
	return e.State == api.StateUp && (e.Health == api.HealthUp || e.Health == api.HealthSlowStart)
}

// rolloutWords are where a rollout or guard is, its state, and why.
func rolloutWords(r *api.Rollout) string {
	state := show.Sentence(r.State, r.Reason)
	if r.Steps == 0 {
		return fmt.Sprintf("guard of %s: %s", r.To, state)
	}
	return fmt.Sprintf("%s%s to %s at %s: %s", steps(r), r.From, r.To, percent(r.Weight/100), state)
}
