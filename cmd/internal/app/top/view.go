package top

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"weir/proxy/admin/api"
)

func (m model) View() tea.View {
	v := tea.NewView(m.screen())
	v.AltScreen = true
	return v
}

// screen is as many lines as the terminal has, none wider than it.
func (m model) screen() string {
	head, foot := m.head(), m.foot()
	room := max(1, m.height-len(head)-len(foot))
	var p page
	switch {
	case m.mode == helping:
		p = m.help()
	case m.open != "":
		p = m.opened()
	default:
		p = m.list()
	}
	body := p.window(room)
	for len(body) < room {
		body = append(body, "")
	}
	lines := append(append(head, body...), foot...)
	cut := lipgloss.NewStyle().MaxWidth(max(1, m.width))
	for i, l := range lines {
		lines[i] = cut.Render(l)
	}
	return strings.Join(lines[:min(len(lines), max(1, m.height))], "\n")
}

// page is lines, of which those from first to before last have to be seen.
type page struct {
	lines       []string
	first, last int
}

func (p *page) add(lines ...string) { p.lines = append(p.lines, lines...) }

// window is the part of the page for so many lines.
func (p page) window(room int) []string {
	from := max(0, min(p.last-room, p.first))
	return p.lines[from:min(len(p.lines), from+room)]
}

// head says whose view it is, and what is wrong with the whole.
func (m model) head() []string {
	s := m.frame.status
	who := string(s.You.Role)
	if s.You.Author != "" {
		who = plain(s.You.Author) + ", " + who
	}
	lines := []string{strong.Render("weir "+plain(s.Version)) + "  " + plain(m.admin) + "  " + faint.Render(who)}
	switch {
	case m.lost != nil:
		gone := m.now.Sub(m.since).Round(time.Second)
		lines = append(lines, bad.Render(fmt.Sprintf("reconnecting for %v, this is from before: %s", gone, plain(m.lost.Error()))))
	case !s.State.OK:
		lines = append(lines, bad.Render("changes cannot be kept: "+plain(s.State.Error)))
	case !s.Reload.OK && s.Reload.Error != "":
		lines = append(lines, bad.Render("the latest reload was refused, the file before it serves: "+plain(s.Reload.Error)))
	}
	return append(lines, "")
}

// foot is what the keys do, or what is asked.
func (m model) foot() []string {
	wrapped := func(s lipgloss.Style, text string) []string {
		lines := []string{""}
		for l := range strings.SplitSeq(lipgloss.Wrap(plain(text), max(1, m.width), ""), "\n") {
			lines = append(lines, s.Render(l))
		}
		return lines
	}
	switch {
	case m.mode == confirming:
		return wrapped(asked, fmt.Sprintf("%s: %s. Do it? (y/N)", m.pending.title, m.pending.effect))
	case m.mode == weighing:
		return wrapped(asked, fmt.Sprintf("percent for %s: %s_", m.version, m.input))
	case m.mode == filtering:
		return wrapped(asked, "/"+m.filter+"_")
	case m.note != "":
		return wrapped(asked, m.note)
	}
	return wrapped(faint, m.keys())
}

func (m model) keys() string {
	if m.mode == helping {
		return "any key goes back"
	}
	keys := "Enter open  / filter"
	if m.open != "" {
		keys = "Esc back"
	}
	if m.mayChange() {
		keys += "  p pause  r resume  o promote  a abort  w weight"
		if m.open != "" {
			keys += "  d drain  u up"
		}
	}
	return keys + "  ? help  q quit"
}

var helpLines = []struct {
	key, does string
	change    bool
}{
	{"Up Down j k", "choose", false},
	{"Enter Esc", "open an upstream, go back", false},
	{"/", "show upstreams with that in their name", false},
	{"p", "pause: the rollout stops advancing", true},
	{"r", "resume: it goes on", true},
	{"o", "promote: end the present wait", true},
	{"a", "abort: go back to the version before", true},
	{"w", "weight: give a version its percentage", true},
	{"d u", "drain the chosen endpoint, put it back", true},
	{"q", "quit", false},
}

func (m model) help() (p page) {
	for _, h := range helpLines {
		if !h.change || m.mayChange() {
			p.add(strong.Render(fmt.Sprintf("%-12s", h.key)) + " " + h.does)
		}
	}
	p.add("")
	if m.mayChange() {
		p.add("What changes something asks once.")
	} else {
		p.add("Your role is view: it changes nothing.")
	}
	return p
}

// stateStyle is how a state of a rollout looks.
func stateStyle(state string) lipgloss.Style {
	switch state {
	case api.RolloutReverting, api.RolloutReverted, api.RolloutAborted:
		return bad
	case api.RolloutHolding, api.RolloutPaused, api.RolloutWaitingGate:
		return warn
	}
	return good
}
