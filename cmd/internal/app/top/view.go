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
	title, who := strong.Render("weir "+plain(s.Version)), faint.Render(who)
	lines := []string{title + "  " + plain(m.admin) + "  " + who}
	if lipgloss.Width(lines[0]) > m.width { // whose right counts more than where this is
		lines = []string{title + "  " + who, plain(m.admin)}
	}
	wrong := ""
	switch {
	case m.lost != nil:
		wrong = fmt.Sprintf("reconnecting for %v, this is from before: %v", m.now.Sub(m.since).Round(time.Second), m.lost)
	case !s.State.OK:
		wrong = "changes cannot be kept: " + s.State.Error
	case !s.Reload.OK && s.Reload.Error != "":
		wrong = "the latest reload was refused, the file before it serves: " + s.Reload.Error
	}
	if wrong != "" {
		const most = 3 // lines: a file may have many faults
		said := m.wrap(bad, "", wrong)
		lines = append(lines, said[:min(len(said), most)]...)
	}
	return append(lines, "")
}

// narrow reports that a terminal has no room for all columns.
func (m model) narrow() bool { return m.width < 60 }

// wrap is a sentence, behind an indent, on as many lines as it takes.
func (m model) wrap(s lipgloss.Style, indent, text string) []string {
	var lines []string
	for l := range strings.SplitSeq(lipgloss.Wrap(plain(text), max(10, m.width-len(indent)), ""), "\n") {
		lines = append(lines, indent+s.Render(l))
	}
	return lines
}

// foot is what the keys do, or what is asked.
func (m model) foot() []string {
	wrapped := func(s lipgloss.Style, text string) []string {
		return append([]string{""}, m.wrap(s, "", text)...)
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
