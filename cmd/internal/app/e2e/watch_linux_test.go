//go:build !race

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

var (
	colour = regexp.MustCompile("\x1b\\[3[0-9]m")
	codes  = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
)

// TestWatchOnATerminal draws in place, in colours unless they are not wanted.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	v1, _, w := canary(t, `rollout: {strategy: canary, steps: [{weight: 10%, pause: true}, {weight: 100%}]}`)
	type terminal struct {
		name   string
		screen *screen
		keys   interface{ Write([]byte) (int, error) }
		wait   func() error
	}
	var all []terminal
	for _, c := range []struct{ name, script string }{
		{"colours", "$WEIR --admin $ADMIN status api --watch"},
		{"NO_COLOR", "NO_COLOR=yes $WEIR --admin $ADMIN status --watch"},
		{"--no-color", "$WEIR --admin $ADMIN status api --watch --no-color"},
		{"dumb", "TERM=dumb $WEIR --admin $ADMIN status api --watch"},
		{"piped", "$WEIR --admin $ADMIN status api --watch | cat"},
	} {
		s, keys, wait := w.terminal("trap : INT; " + c.script + "; echo exit $?") // the shell outlives the interrupt
		all = append(all, terminal{c.name, s, keys, wait})
	}
	see := func(text string) {
		t.Helper()
		for _, c := range all {
			w.eventually(text+" by "+c.name, func() bool { return strings.Contains(codes.ReplaceAllString(c.screen.String(), ""), text) })
		}
	}
	see(v1.addr)
	w.does("rollout", "start", "api", "--to", "v2")
	see("paused")
	rollout, _, wait := w.terminal("$WEIR --admin $ADMIN rollout status api --watch; echo exit $?")
	w.eventually("the rollout", func() bool { return strings.Contains(rollout.String(), "paused") })
	w.does("drain", "api", v1.addr, "--reason", "lunch")
	w.does("up", "api", v1.addr)
	w.does("rollout", "abort", "api")
	see("revision 3, stable v1")
	if err := wait(); err != nil {
		t.Error(err)
	}
	out := rollout.String()
	if !strings.Contains(out, "\x1b[H") || strings.LastIndex(out, "report:") < strings.LastIndex(out, "\x1b[H") || !strings.Contains(out, "exit 1") {
		t.Errorf("rollout status: %q, want it drawn in place, the report at the end, and 1", out)
	}
	for _, c := range all {
		if _, err := c.keys.Write([]byte("\x03")); err != nil {
			t.Fatal(err)
		}
		if err := c.wait(); err != nil {
			t.Error(err)
		}
		out := c.screen.String()
		if !strings.Contains(out, "exit 0") && c.name != "piped" { // there, it is cat's
			t.Errorf("%s: %q after an interrupt, want 0", c.name, out)
		}
		if places := strings.Contains(out, "\x1b[H"); places != (c.name != "dumb" && c.name != "piped") {
			t.Errorf("%s: drawn in place: %v\n%q", c.name, places, out)
		}
		if coloured := colour.MatchString(out); coloured != (c.name == "colours") {
			t.Errorf("%s: coloured: %v\n%q", c.name, coloured, out)
		}
	}
}
