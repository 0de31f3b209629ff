//go:build !race

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// screen is what a terminal was told to show.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// goesOn runs a command that goes on, until it is interrupted.
func (w *weir) goesOn(args ...string) (out *screen, interrupt func() error) {
	w.t.Helper()
	cmd := exec.Command(w.bin, append([]string{"--admin", "http://" + w.admin}, args...)...)
	out = &screen{}
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = out, out, childAttr()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w.t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test has failed
	return out, func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		return receive(w.t, "the end of weir "+args[0], ended)
	}
}

// says demands that a command's answer has all of these.
func (w *weir) says(what string, texts ...string) {
	w.t.Helper()
	out := w.does(strings.Fields(what)...)
	for _, text := range texts {
		if !strings.Contains(out, text) {
			w.t.Errorf("weir %s: no %q in\n%s", what, text, out)
		}
	}
}

// TestAnOperatorsQuestions: what has happened, who has done it and why, from the command
// line alone; and all of that goes over to another directory.
func TestAnOperatorsQuestions(t *testing.T) {
	t.Parallel()
	_, v2, w := threefold(t, ramp)
	drained := v2.addr
	events, ended := w.goesOn("events", "api", "--follow")
	w.does("drain", "api", drained, "--reason", "a new disk")
	if _, stderr, code := w.cli("set-weight", "api", "v22=10"); code != 1 || !strings.Contains(stderr, "upstream api: version v22 does not exist; there are v1, v2; did you mean v2?") {
		t.Errorf("a name that is wrong: exit %d, %q", code, stderr)
	}
	if _, stderr, code := w.cli("rollout", "promote", "api"); code != 1 || !strings.Contains(stderr, "nothing to promote: no rollout is running; want weir rollout start api --to v2") {
		t.Errorf("a verb at the wrong time: exit %d, %q", code, stderr)
	}
	v2.fails(500)
	l := startLoad(t, loadOptions{addr: w.web, rate: 500, prefix: "asked"})
	w.does("rollout", "start", "api", "--to", "v2", "--reason", "release 42")
	w.rolloutIs("reverted")
	noFailures(t, l.end())

	w.says("explain api "+drained, drained+" (v2) gets no requests since ", ": a new disk.", "weir up api "+drained)
	w.says("explain api", "reverted", " of ", "a new disk")
	w.says("rollout history api", "release 42", " from 127.0.0.1", "worse")
	w.says("rollout history api --refused", "refused", "v22", "does not exist")
	w.says("audit api", "endpoint api "+drained, "a new disk", "refused", "upstream api: version v22", "start api")
	w.says("events api", "revision", "rollout", "release 42")
	w.says("events api --type rollout -o json", `"type":"rollout"`)
	w.eventually("the events that were followed", func() bool { return strings.Contains(events.String(), "reverted") })
	if err := ended(); err != nil {
		t.Errorf("events --follow, interrupted: %v, want 0", err)
	}

	u := w.upstream()
	stateDir, export := filepath.Join(w.dir, "state"), filepath.Join(w.dir, "export.json")
	if _, stderr, code := w.cli("state", "export", stateDir); code != 1 || !strings.Contains(stderr, "run") {
		t.Errorf("export of what a Weir runs on: exit %d, %q", code, stderr)
	}
	w.stop()
	said := w.does("state", "export", stateDir)
	var x struct{ Records map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(said), &x); err != nil || x.Records["upstream/api"] == nil {
		t.Fatalf("export: %v in %s", err, said)
	}
	if err := os.WriteFile(export, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	w.says("state compact "+stateDir, "bytes before, ")
	if err := os.Rename(stateDir, stateDir+".old"); err != nil {
		t.Fatal(err)
	}
	w.says("state import "+stateDir+" "+export, "record")
	w.says("check "+w.file+" --state "+stateDir, "api")
	w.start()
	if now := w.upstream(); now.Revision != u.Revision || now.Stable != "v1" || w.endpoint(drained).State != "drain" {
		t.Errorf("on the imported state: revision %d, stable %s, endpoint %+v, want %d, v1 and drained", now.Revision, now.Stable, w.endpoint(drained), u.Revision)
	}
}
