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
	titles := cells{"UPSTREAM", "REQ/S", "ERRORS", "P99", "P50", "HEALTH"}
	if m.narrow() {
		name, titles.health = 10, "UP"
	}
	p.add(faint.Render("  " + row(m.width-2, m.numbers(name, titles, faint)...)))
	for _, u := range all {
		mark := "  "
		style := lipgloss.NewStyle()
		if u.Name == m.chosen {
			mark, style, p.first = strong.Render("> "), strong, len(p.lines)
		}
		reqs, errs, p50, p99 := windowCells(u.Users)
		health, healthStyle := m.healthCell(u)
		columns := m.numbers(name, cells{u.Name, reqs, errs, p99, p50, health}, style)
		if u.Users.Errors > 0 {
			columns[2].style = bad
		}
		columns[len(columns)-1].style = healthStyle
		p.add(mark + row(m.width-2, columns...))
		p.add("    " + shareBar(u, max(8, min(32, m.width/3))))
		if r := judged(u); r != nil {
			p.add(m.wrap(stateStyle(r.State), "    ", rolloutWords(r))...)
		}
		if u.Drift != "" {
			p.add(m.wrap(warn, "    ", "drift: "+u.Drift)...)
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

// cells are what a line has to say.
type cells struct{ title, reqs, errs, p99, p50, health string }

// numbers are the cells beside each other, health the last. A narrow terminal has all but
// the median.
func (m model) numbers(name int, c cells, style lipgloss.Style) []column {
	usual := lipgloss.NewStyle()
	if m.narrow() {
		return []column{{name, c.title, style}, {-6, c.reqs, usual}, {-6, c.errs, usual}, {-7, c.p99, usual}, {-5, c.health, usual}}
	}
	return []column{
		{name, c.title, style}, {-7, c.reqs, usual}, {-7, c.errs, usual},
		{-9, c.p99, usual}, {-9, c.p50, usual}, {12, c.health, usual},
	}
}

// windowCells are what a window has to say; dashes without requests, because 0 % of
// nothing would look like good news.
func windowCells(w api.Window) (reqs, errs, p50, p99 string) {
	if w.Requests == 0 || w.Seconds <= 0 {
		return "-", "-", "-", "-"
	}
	return short(float64(w.Requests) / w.Seconds), percent(w.ErrorRate), latency(w.P50), latency(w.P99)
}

// short shows f in six letters at most, as long as it is below a billion.
func short(f float64) string {
	switch {
	case f >= 1e6:
		return number(f/1e6, 1) + "M"
	case f >= 1000:
		return number(f, 0)
	}
	return number(f, 1)
}

// latency shows milliseconds, in seconds when they are many.
func latency(ms float64) string {
	if ms >= 10_000 {
		return number(ms/1000, 1) + "s"
	}
	return short(ms) + "ms"
}

// healthCell is how many endpoints take requests.
func (m model) healthCell(u *api.Upstream) (string, lipgloss.Style) {
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
	if m.narrow() {
		return fmt.Sprintf("%d/%d", serve, all), style
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
