package top

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"weir/proxy/admin/api"
)

// recorder is a backend that only remembers.
type recorder struct {
	open string
	done []change
	err  error
}

func (r *recorder) watch(name string) { r.open = name }

func (r *recorder) do(c change) tea.Cmd {
	return func() tea.Msg {
		r.done = append(r.done, c)
		return changed{c, r.err}
	}
}

var someTime = time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)

func someFrame(role api.Role, open string) frame {
	since := someTime.Add(-90 * time.Second)
	nan := float32(math.NaN())
	ups := []api.Upstream{{
		Name: "api", Revision: 7, Stable: "v1",
		Split: map[string]api.Share{"v1": {Weight: 90, Share: 0.9}, "v2": {Weight: 10, Share: 0.1}},
		Users: api.Window{Seconds: 10, Requests: 905, Errors: 9, ErrorRate: 9.0 / 905, P50: 1.5, P99: 20.25},
		Versions: []api.Version{
			{Name: "v1", Window: api.Window{Seconds: 10, Requests: 800, P50: 1.5, P99: 20}, Endpoints: []api.Endpoint{
				{Address: "127.0.0.1:3001", State: "up", Health: "up", Inflight: 2, Weight: 1, Since: &since}}},
			{Name: "v2", Window: api.Window{Seconds: 10, Requests: 105, Errors: 9, ErrorRate: 9.0 / 105, P50: 2, P99: 30}, Endpoints: []api.Endpoint{
				{Address: "127.0.0.1:3002", State: "up", Health: "ejected", Cause: "ejected: 5 failures in a row"},
				{Address: "127.0.0.1:3003", State: "up", Health: "up"}}},
		},
		Rollout: &api.Rollout{ID: "r1", Strategy: "canary", From: "v1", To: "v2", State: api.RolloutProgressing, Step: 2, Steps: 4,
			Weight: 10, Reason: "step 2 began", WaitsFor: "hold: 30s to go",
			Evidence: &api.Evidence{Errors: 12, Latency: 0.5, Combined: 10, Threshold: 100,
				Candidate: api.Attempts{Requests: 105, Failures: 9}, Stable: api.Attempts{Requests: 800}}},
	}, {
		Name: "images\x1b[2J", Revision: 1, Stable: "v1", Split: map[string]api.Share{"v1": {Weight: 100, Share: 1}},
		Versions: []api.Version{{Name: "v1", Endpoints: []api.Endpoint{{Address: "127.0.0.1:4001", State: "drain", Health: "up", Cause: "drained by ann"}}}},
	}}
	f := frame{at: someTime, upstreams: ups, open: open, status: api.Status{Version: "1.2.3", State: api.StateStatus{OK: true},
		Reload: api.ReloadStatus{OK: true}, You: api.You{Author: "ann", Role: role}}}
	if open != "" {
		f.series = api.Series{At: []int64{1, 2, 3, 4},
			Users: api.UserLines{Requests: api.Line{90, 90, 0, 90}, Errors: api.Line{0, 1, 0, 9}},
			Versions: []api.VersionLines{{Name: "v1", Requests: api.Line{80, 80, 0, 80}, Errors: api.Line{0, 0, 0, 0}},
				{Name: "v2", Requests: api.Line{10, 10, 0, nan}, Errors: api.Line{0, 1, 0, nan}}}}
	}
	return f
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// press gives keys to a model, and does what it then wants done.
func press(t *testing.T, m model, keys ...string) model {
	t.Helper()
	for _, k := range keys {
		msg := tea.KeyPressMsg{Text: k, Code: []rune(k)[0]}
		switch k {
		case "enter":
			msg = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			msg = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "down":
			msg = tea.KeyPressMsg{Code: tea.KeyDown}
		case "backspace":
			msg = tea.KeyPressMsg{Code: tea.KeyBackspace}
		}
		next, cmd := m.Update(msg)
		m = next.(model)
		if cmd == nil {
			continue
		}
		if msg := cmd(); msg != nil {
			next, _ = m.Update(msg)
			m = next.(model)
		}
	}
	return m
}

// TestFrames compares screens, without their colours, with those kept. Run it with
// WEIR_GOLDEN=write to keep new ones.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name          string
		role          api.Role
		open          string
		width, height int
		keys          []string
		lost          bool
	}{
		{name: "list", role: api.RoleOperate, width: 90, height: 20},
		{name: "list_narrow", role: api.RoleOperate, width: 40, height: 20},
		{name: "list_view", role: api.RoleView, width: 90, height: 16, keys: []string{"a"}},
		{name: "list_scrolled", role: api.RoleOperate, width: 60, height: 8, keys: []string{"down"}},
		{name: "list_filtered", role: api.RoleOperate, width: 60, height: 16, keys: []string{"/", "i", "m", "enter"}},
		{name: "list_lost", role: api.RoleOperate, width: 90, height: 16, lost: true},
		{name: "opened", role: api.RoleOperate, open: "api", width: 90, height: 36},
		{name: "opened_narrow", role: api.RoleOperate, open: "api", width: 40, height: 44},
		{name: "opened_short", role: api.RoleOperate, open: "api", width: 90, height: 14, keys: []string{"down", "down"}},
		{name: "abort", role: api.RoleOperate, width: 60, height: 16, keys: []string{"a"}},
		{name: "weight", role: api.RoleOperate, width: 60, height: 16, keys: []string{"w", "2", "5"}},
		{name: "help", role: api.RoleOperate, width: 60, height: 20, keys: []string{"?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(&recorder{}, "http://127.0.0.1:9900", someFrame(c.role, c.open))
			next, _ := m.Update(tea.WindowSizeMsg{Width: c.width, Height: c.height})
			m = next.(model)
			if c.open != "" {
				m = press(t, m, "enter")
			}
			m = press(t, m, c.keys...)
			if c.lost {
				m = m.looked(frame{at: someTime.Add(time.Second), err: errors.New("no answer")})
				m = m.looked(frame{at: someTime.Add(6 * time.Second), err: errors.New("no answer")})
			}
			got := escapes.ReplaceAllString(m.View().Content, "")
			lines := strings.Split(got, "\n")
			if len(lines) != c.height {
				t.Errorf("%d lines, want %d", len(lines), c.height)
			}
			for i, l := range lines {
				if w := lipgloss.Width(l); w > c.width {
					t.Errorf("line %q is %d wide, want %d at most", l, w, c.width)
				}
				lines[i] = strings.TrimRight(l, " ")
			}
			if strings.Contains(got, "\x1b") {
				t.Errorf("text of the server steers the terminal: %q", got)
			}
			got = strings.Join(lines, "\n") + "\n"
			file := filepath.Join("testdata", c.name+".txt")
			if os.Getenv("WEIR_GOLDEN") == "write" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // everybody may read it
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("screen (%v)\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func TestKeysChange(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		want *change // without its words; nil: none
		note string
	}{
		{"pause", []string{"p", "y"}, &change{upstream: "api", verb: api.Pause}, "done: pause api"},
		{"resume", []string{"r", "y"}, &change{upstream: "api", verb: api.Resume}, "done: resume api"},
		{"promote only what was seen", []string{"o", "y"}, &change{upstream: "api", verb: api.Promote, revision: 7}, "done: promote api"},
		{"abort whatever it is now", []string{"a", "Y"}, &change{upstream: "api", verb: api.Abort}, "done: abort api"},
		{"no is any other key", []string{"a", "enter"}, nil, "not done: abort api"},
		{"weight", []string{"w", "2", "9", "backspace", "5", "enter", "y"},
			&change{upstream: "api", revision: 7, weights: map[string]float64{"v1": 75, "v2": 25}}, "done: set v2 of api to 25%"},
		{"no weight", []string{"w", "1", "0", "1", "enter"}, nil, `"101": want a percentage from 0 to 100`},
		{"weight that is no number", []string{"w", "N", "a", "N", "enter"}, nil, `"NaN": want a percentage from 0 to 100`},
		{"drain", []string{"enter", "down", "d", "y"},
			&change{upstream: "api", address: "127.0.0.1:3002", version: "v2", state: "drain"}, "done: drain 127.0.0.1:3002 of api v2"},
		{"up", []string{"enter", "u", "y"},
			&change{upstream: "api", address: "127.0.0.1:3001", version: "v1", state: "up"}, "done: up 127.0.0.1:3001 of api v1"},
		{"drain of no endpoint", []string{"d"}, nil, "open an upstream and choose an endpoint"},
		{"no rollout", []string{"down", "a"}, nil, "images\x1b[2J has no rollout to abort"},
		{"no other version", []string{"down", "w"}, nil, "images\x1b[2J has no version beside v1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			m := press(t, newModel(r, "x", someFrame(api.RoleOperate, "")), c.keys...)
			if m.note != c.note || m.mode != browsing {
				t.Errorf("note %q in mode %d, want %q", m.note, m.mode, c.note)
			}
			var want []change
			if c.want != nil {
				want = []change{*c.want}
			}
			for i := range r.done {
				r.done[i].title, r.done[i].effect = "", ""
			}
			if !reflect.DeepEqual(r.done, want) {
				t.Errorf("done %+v, want %+v", r.done, want)
			}
		})
	}
}

// TestViewersChangeNothing, whatever they press.
func TestViewersChangeNothing(t *testing.T) {
	for _, k := range []string{"p", "r", "o", "a", "w", "d", "u"} {
		r := &recorder{}
		m := press(t, newModel(r, "x", someFrame(api.RoleView, "")), "enter", k, "5", "y", "y")
		if len(r.done) > 0 || m.mode != browsing {
			t.Errorf("%s: done %+v, mode %d", k, r.done, m.mode)
		}
	}
}

func TestRefusalIsShown(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&api.Problem{Status: 409, Detail: "it is held"}, "refused: promote api: it is held"},
		{errors.New("broken"), "unknown whether done: promote api: broken"},
	} {
		m := press(t, newModel(&recorder{err: c.err}, "x", someFrame(api.RoleOperate, "")), "o", "y")
		if m.note != c.want {
			t.Errorf("note %q, want %q", m.note, c.want)
		}
	}
}

// TestGroupIsCommandedAsOne: its rollout is not one upstream's.
func TestGroupIsCommandedAsOne(t *testing.T) {
	f := someFrame(api.RoleOperate, "")
	f.upstreams[0].Rollout.Group = "shop"
	r := &recorder{}
	press(t, newModel(r, "x", f), "o", "y")
	if len(r.done) != 1 || r.done[0].group != "shop" || r.done[0].revision != 0 {
		t.Errorf("done %+v, want a verb for the group", r.done)
	}
}

func TestListChangesUnderneath(t *testing.T) {
	m := press(t, newModel(&recorder{}, "x", someFrame(api.RoleOperate, "")), "down", "enter")
	f := someFrame(api.RoleOperate, "")
	f.upstreams = f.upstreams[:1]
	m = m.looked(f)
	if m.open != "" || m.chosen != "api" || m.note == "" {
		t.Errorf("open %q, chosen %q, note %q, want the list with what is left", m.open, m.chosen, m.note)
	}
	f.upstreams = nil
	if m = m.looked(f); m.chosen != "" || m.at() != nil {
		t.Errorf("chosen %q of nothing", m.chosen)
	}
	press(t, m, "a", "w", "d", "enter", "down", "?")
}
