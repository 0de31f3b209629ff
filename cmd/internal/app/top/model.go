package top

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"weir/proxy/admin/api"
)

// mode is who gets the keys.
type mode int

const (
	browsing mode = iota
	filtering
	weighing   // a percentage is written
	confirming // y, or not
	helping
)

// backend is what the model asks for; feed in earnest.
type backend interface {
	watch(name string)
	do(c change) tea.Cmd
}

// model is all that the screen shows. Update and View read no clock and do nothing: what
// is to be done is a command.
type model struct {
	backend backend
	admin   string
	width   int
	height  int

	frame frame     // the latest that was an answer
	lost  error     // why there is none now; nil: there is
	since time.Time // of lost
	now   time.Time // of the latest look, an answer or not

	mode   mode
	filter string
	// chosen and open are names, for the list may change under them.
	chosen   string // upstream of the list
	open     string // upstream that is shown whole; "": the list is
	endpoint int    // of open, that the keys are about
	input    string // the percentage so far
	version  string // that it is for
	pending  change // that is to be confirmed
	note     string // what has become of the last key; until the next
}

func newModel(b backend, admin string, first frame) model {
	m := model{backend: b, admin: admin, width: 80, height: 24, frame: first, now: first.at}
	return m.settle()
}

func (m model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case frame:
		return m.looked(msg), nil
	case changed:
		m.note = outcome(msg)
	case tea.KeyPressMsg:
		return m.key(msg)
	}
	return m, nil
}

// looked takes a frame. What was seen before stays while there is no answer.
func (m model) looked(f frame) model {
	m.now = f.at
	if f.err != nil {
		if m.lost == nil {
			m.since = f.at
		}
		m.lost = f.err
		return m
	}
	m.lost, m.frame = nil, f
	return m.settle()
}

// settle has what is chosen be among what is there.
func (m model) settle() model {
	if m.open != "" {
		u := m.upstream(m.open)
		if u == nil {
			m.note, m.open = m.open+" is no longer in the configuration", ""
		} else {
			m.endpoint = max(0, min(m.endpoint, len(endpoints(u))-1))
		}
	}
	list := m.listed()
	for _, u := range list {
		if u.Name == m.chosen {
			return m
		}
	}
	m.chosen = ""
	if len(list) > 0 {
		m.chosen = list[0].Name
	}
	return m
}

// listed are the upstreams that the filter leaves.
func (m model) listed() []*api.Upstream {
	var list []*api.Upstream
	for i := range m.frame.upstreams {
		if u := &m.frame.upstreams[i]; strings.Contains(strings.ToLower(u.Name), strings.ToLower(m.filter)) {
			list = append(list, u)
		}
	}
	return list
}

// upstream is one of the frame; nil: it has none of that name.
func (m model) upstream(name string) *api.Upstream {
	for i := range m.frame.upstreams {
		if m.frame.upstreams[i].Name == name {
			return &m.frame.upstreams[i]
		}
	}
	return nil
}

// at is the upstream that the keys are about; nil: there is none.
func (m model) at() *api.Upstream {
	if m.open != "" {
		return m.upstream(m.open)
	}
	return m.upstream(m.chosen)
}

// endpoint is one of an upstream, with its version.
type endpoint struct {
	api.Endpoint
	version string
}

func endpoints(u *api.Upstream) []endpoint {
	var list []endpoint
	for _, v := range u.Versions {
		for _, e := range v.Endpoints {
			list = append(list, endpoint{e, v.Name})
		}
	}
	return list
}

// mayChange says whether whoever looks may change something.
func (m model) mayChange() bool { return m.frame.status.You.Role != api.RoleView }

// judged is the rollout of an upstream, or else its guard; nil: neither is on.
func judged(u *api.Upstream) *api.Rollout {
	if u.Rollout != nil {
		return u.Rollout
	}
	return u.Guard
}

// outcome is what a change has come to, for people.
func outcome(c changed) string {
	if c.err == nil {
		return "done: " + c.change.title
	}
	if _, ok := errors.AsType[*api.Problem](c.err); ok {
		return fmt.Sprintf("refused: %s: %v", c.change.title, c.err)
	}
	return fmt.Sprintf("unknown whether done: %s: %v", c.change.title, c.err)
}
