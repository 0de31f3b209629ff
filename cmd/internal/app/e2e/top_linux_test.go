//go:build !race

package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// terminal runs a shell on a terminal of its own, of 100 by 30 letters, with $WEIR and
// $ADMIN; keys go to it.
func (w *weir) terminal(script string) (s *screen, keys io.Writer, wait func() error) {
	w.t.Helper()
	//nolint:gosec // the tests' own words
	cmd := exec.Command("script", "-qec", "stty rows 30 cols 100; "+script, "/dev/null")
	cmd.Env = append(os.Environ(), "WEIR="+w.bin, "ADMIN=http://"+w.admin, "TERM=xterm-256color", "SHELL=/bin/sh", "DIR="+w.dir)
	s = &screen{}
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s, s, childAttr()
	keys, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatalf("script, of util-linux: %v", err)
	}
	ended := make(chan struct{})
	var end error
	go func() { defer close(ended); end = cmd.Wait() }()
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	return s, keys, func() error {
		w.eventually("the terminal's end", func() bool {
			select {
			case <-ended:
				return true
			default:
				return false
			}
		})
		return end
	}
}

// TestTop: keys on a real terminal move traffic, Weir may restart under it, and the
// terminal is as it was when it is quit.
func TestTop(t *testing.T) {
	t.Parallel()
	v1, _, w := canary(t, "")
	s, keys, wait := w.terminal(`stty -g >$DIR/before; $WEIR --admin $ADMIN top; echo $? >$DIR/code; stty -g >$DIR/after`)
	press := func(k string) {
		t.Helper()
		if _, err := io.WriteString(keys, k); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(text string) {
		t.Helper()
		defer func() {
			if t.Failed() {
				t.Logf("screen: %q", s.String())
			}
		}()
		w.eventually(text+" on the screen", func() bool { return strings.Contains(s.String(), text) })
	}
	sees("UPSTREAM")
	press("w25\r")
	sees("(y/N)")
	if got := w.share("v2"); got != 0 {
		t.Errorf("share of v2 is %v before anybody has said yes", got)
	}
	press("y")
	w.eventually("a quarter for v2", func() bool { return w.share("v2") == 0.25 })

	w.stop()
	sees("reconnecting")
	w.start()
	press("\r")
	sees(v1.addr)
	press("dy")
	w.eventually("the first endpoint drains", func() bool { return w.endpoint(v1.addr).State == "drain" })
	press("uy")
	w.eventually("it is back", func() bool { return w.endpoint(v1.addr).State == "up" })
	press("q")
	if err := wait(); err != nil {
		t.Errorf("terminal: %v\n%q", err, s.String())
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	if code := read("code"); code != "0" {
		t.Errorf("exit %s, want 0", code)
	}
	if before, after := read("before"), read("after"); before != after {
		t.Errorf("the terminal was %s and is %s", before, after)
	}
	for _, off := range []string{"\x1b[?1049l", "\x1b[?25h"} { // the other screen, the hidden cursor
		if out := s.String(); strings.LastIndex(out, off) < strings.LastIndex(out, strings.NewReplacer("1049l", "1049h", "25h", "25l").Replace(off)) {
			t.Errorf("%q is not the last word", off)
		}
	}
}

// TestTopWithoutTerminal is a mistake of the command line.
func TestTopWithoutTerminal(t *testing.T) {
	t.Parallel()
	w := newWeir(t)
	_, stderr, code := w.cli("top")
	if code != 2 || !strings.Contains(stderr, "want a terminal; use weir status --watch") {
		t.Errorf("exit %d, %q, want 2 and what to use", code, stderr)
	}
}
