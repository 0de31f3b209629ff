package top

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"weir/proxy/admin/api"
)

var errNoEndpoint = errors.New("open an upstream and choose an endpoint")

// key is one key pressed.
func (m model) key(k tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	name := k.String()
	switch name {
	case "ctrl+c":
		return m, tea.Quit
	case "ctrl+z":
		return m, tea.Suspend
	}
	m.note = ""
	switch m.mode {
	case filtering:
		return m.filterKey(name, k.Text), nil
	case weighing:
		return m.weightKey(name, k.Text), nil
	case confirming:
		return m.confirmKey(name)
	case helping:
		m.mode = browsing // any key ends it
		return m, nil
	}
	return m.browseKey(name)
}

func (m model) browseKey(name string) (tea.Model, tea.Cmd) {
	switch name {
	case "q":
		return m, tea.Quit
	case "?":
		m.mode = helping
	case "up", "k":
		m = m.move(-1)
	case "down", "j":
		m = m.move(1)
	case "pgup":
		m = m.move(-10)
	case "pgdown":
		m = m.move(10)
	case "enter", "right", "l":
		if m.open == "" && m.chosen != "" {
			m.open, m.endpoint = m.chosen, 0
			return m, m.watch()
		}
	case "esc", "left", "h", "backspace":
		if m.open != "" {
			m.open = ""
			return m, m.watch()
		}
		if m.filter != "" {
			m.filter = ""
			m = m.settle()
		}
	case "/":
		if m.open == "" {
			m.mode, m.filter = filtering, ""
			m = m.settle()
		}
	case "p":
		return m.ask(verbOf(api.Pause)), nil
	case "r":
		return m.ask(verbOf(api.Resume)), nil
	case "o":
		return m.ask(verbOf(api.Promote)), nil
	case "a":
		return m.ask(verbOf(api.Abort)), nil
	case "d":
		return m.ask(m.stateOf(api.StateDrain)), nil
	case "u":
		return m.ask(m.stateOf(api.StateUp)), nil
	case "w":
		return m.weigh(), nil
	}
	return m, nil
}

// watch has the feed know what is open.
func (m model) watch() tea.Cmd {
	b, name := m.backend, m.open
	return func() tea.Msg { b.watch(name); return nil }
}

// move chooses another line, as far as there is one.
func (m model) move(by int) model {
	if m.open != "" {
		m.endpoint += by
		return m.settle()
	}
	list := m.listed()
	for i, u := range list {
		if u.Name == m.chosen {
			m.chosen = list[max(0, min(i+by, len(list)-1))].Name
			break
		}
	}
	return m
}

func verbOf(v api.Verb) func(*api.Upstream) (change, error) {
	return func(u *api.Upstream) (change, error) { return verbChange(u, v) }
}

func (m model) stateOf(state string) func(*api.Upstream) (change, error) {
	return func(u *api.Upstream) (change, error) {
		list := endpoints(u)
		if m.open == "" || len(list) == 0 {
			return change{}, errNoEndpoint
		}
		return stateChange(u, list[m.endpoint], state), nil
	}
}

// ask has somebody confirm what a key would do, or says why it would do nothing.
func (m model) ask(what func(*api.Upstream) (change, error)) model {
	u := m.at()
	switch {
	case !m.mayChange():
		m.note = "your role is view: it changes nothing"
	case u == nil:
		m.note = "there is no upstream here"
	default:
		c, err := what(u)
		if err != nil {
			m.note = err.Error()
			return m
		}
		m.mode, m.pending = confirming, c
	}
	return m
}

// weigh asks for a percentage.
func (m model) weigh() model {
	checked := m.ask(func(u *api.Upstream) (change, error) {
		at := ""
		if list := endpoints(u); m.open != "" && len(list) > 0 {
			at = list[m.endpoint].version
		}
		v, err := candidate(u, at)
		return change{version: v}, err
	})
	if checked.mode == confirming { // there is something to confirm once the number is known
		checked.mode, checked.version, checked.input = weighing, checked.pending.version, ""
	}
	return checked
}

func (m model) confirmKey(name string) (tea.Model, tea.Cmd) {
	m.mode = browsing
	if name != "y" && name != "Y" {
		m.note = "not done: " + m.pending.title
		return m, nil
	}
	m.note = "asked for: " + m.pending.title
	return m, m.backend.do(m.pending)
}

func (m model) weightKey(name, text string) model {
	switch name {
	case "esc":
		m.mode = browsing
	case "enter":
		input, version := m.input, m.version
		m.mode = browsing
		return m.ask(func(u *api.Upstream) (change, error) { return splitChange(u, version, input) })
	default:
		m.input = edit(m.input, name, text)
	}
	return m
}

func (m model) filterKey(name, text string) model {
	switch name {
	case "esc":
		m.mode, m.filter = browsing, ""
	case "enter":
		m.mode = browsing
	default:
		m.filter = edit(m.filter, name, text)
	}
	return m.settle()
}

// edit is a line after one more key.
func edit(line, name, text string) string {
	const most = 64 // letters: more is no name and no number
	if name == "backspace" {
		if r := []rune(line); len(r) > 0 {
			return string(r[:len(r)-1])
		}
		return line
	}
	if len(line)+len(text) > most {
		return line
	}
	return line + text
}
