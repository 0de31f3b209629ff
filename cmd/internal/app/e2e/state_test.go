//go:build !race

package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Promise: a state file that cannot be written stops neither the proxy nor a
// safety move; other changes are refused, because they could not be kept.
func TestRevertWithoutWritableState(t *testing.T) {
	t.Parallel()
	v1, v2, w := pair(t, 90, 10)
	w.stop()
	w.unwritable()
	w.start()
	w.stateIs(false)
	if status, p := w.call("PUT", "/v1/upstreams/api/split", `{"weights":{"v1":50,"v2":50}}`, nil); status != http.StatusServiceUnavailable || p.Detail == "" {
		t.Errorf("PUT split without a writable state: %d %+v, want 503 with the reason", status, p)
	}
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("share of v2 after the refusal is %v, want 0.1", got)
	}

	l := startLoad(t, loadOptions{addr: w.web, rate: 400, postEvery: 5, prefix: "state"})
	eventually(t, "steady traffic", func() bool { return v2.count() > 50 })
	v2.fails(500)
	w.eventually("v2 is out", func() bool { return w.share("v2") == 0 })
	shots := l.end()
	noFailuresOf(t, shots, isGet)
	postsOnce(t, shots, v1, v2)
	// The revert could never be kept: whoever stops Weir has to hear it.
	w.signal(syscall.SIGTERM)
	log := w.logFile()
	if err := w.wait(); err == nil {
		t.Error("weir run ended with exit 0 although the revert was not kept")
	}
	if text, err := os.ReadFile(log); err != nil || !regexp.MustCompile(`state of api\b.* was not kept`).Match(text) {
		t.Errorf("the log (%v) does not say whose state was not kept", err)
	}
}

// unwritable takes the right to write the state away from the next start. Root
// may write what it likes, so a root's child runs as nobody.
func (w *weir) unwritable() {
	w.t.Helper()
	state := filepath.Join(w.dir, "state")
	if err := os.Chmod(filepath.Join(state, "weir.db"), 0o444); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chmod(state, 0o555); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { os.Chmod(state, 0o755) })
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	w.attr = childAttr()
	w.attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	// The folders above are the test's own; the binary may lie where nobody can look.
	for dir := w.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := os.Chmod(state, 0o555); err != nil {
		w.t.Fatal(err)
	}
	w.bin = copyFile(w.t, w.bin, filepath.Join(w.dir, "weir"), 0o755)
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

// stateIs demands that log, metric and status agree about the state.
func (w *weir) stateIs(ok bool) {
	w.t.Helper()
	var s struct {
		State struct {
			OK    bool
			Error string
		}
	}
	w.must("GET", "/v1/status", "", &s)
	if s.State.OK != ok || (s.State.Error == "") != ok {
		w.t.Errorf("status.state is %+v, want ok = %v, with an error otherwise", s.State, ok)
	}
	line := "weir_state_ok 0"
	if ok {
		line = "weir_state_ok 1"
	}
	if !strings.Contains(w.metrics(), "\n"+line+"\n") {
		w.t.Errorf("the metrics do not have %q", line)
	}
	log, err := os.ReadFile(w.logFile())
	if err != nil {
		w.t.Fatal(err)
	}
	bad, good := strings.LastIndex(string(log), "state cannot be kept"), strings.LastIndex(string(log), "state can be kept again")
	if told := bad <= good; told != ok { // neither is said where all is well from the start
		w.t.Errorf("by the log state can be kept: %v, want %v", told, ok)
	}
}

func TestCorruptStateDoesNotStopTheProxy(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	w.stateIs(true)
	w.stop()
	db := filepath.Join(w.dir, "state", "weir.db")
	if err := os.WriteFile(db, []byte(strings.Repeat("not a database ", 4000)), 0o644); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.stateIs(false)
	noFailures(t, closedLoop(w.web, 4, 200))
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("share of v2 is %v, want the file's 0.1", got)
	}
	var s struct {
		State struct {
			OK    bool
			Error string
		}
	}
	w.must("GET", "/v1/status", "", &s)
	if !strings.Contains(s.State.Error, db+": damaged: move it away") {
		t.Errorf("state error %q: want the file and what to do", s.State.Error)
	}
	if err := os.Rename(db, db+".damaged"); err != nil {
		t.Fatal(err)
	}
	w.eventually("state is kept again", func() bool {
		w.must("GET", "/v1/status", "", &s)
		return s.State.OK
	})
	w.split(`{"v1":50,"v2":50}`)
	w.stop()
	w.start()
	if got := w.share("v2"); got != 0.5 {
		t.Errorf("share of v2 after a restart on the new file is %v, want 0.5", got)
	}
}

func TestRevisionsSurviveRestart(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	w.split(`{"v1":70,"v2":30}`)
	before := w.history()
	w.stop()
	w.start()
	after := w.history()
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("history after a restart (-before +after):\n%s", d)
	}
	if got := w.share("v2"); got != 0.3 {
		t.Errorf("share of v2 after a restart is %v, want 0.3", got)
	}
	w.must("POST", "/v1/upstreams/api/undo", `{"to_revision":1}`, nil)
	if got := w.share("v2"); got != 0.1 {
		t.Errorf("share of v2 after undo to revision 1 is %v, want 0.1", got)
	}
	if h := w.history(); h[0].Source != "undo" || h[0].Revision != before[0].Revision+1 {
		t.Errorf("newest revision is %+v, want %d by undo", h[0], before[0].Revision+1)
	}
}

// Promise: what is answered with 200 is kept, also when the state file is removed
// under a running Weir.
func TestRemovedStateIsMadeAnew(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	if err := os.RemoveAll(filepath.Join(w.dir, "state")); err != nil {
		t.Fatal(err)
	}
	const half = `{"weights":{"v1":50,"v2":50}}`
	status := 0
	w.eventually("a split is kept", func() bool {
		status, _ = w.call("PUT", "/v1/upstreams/api/split", half, nil)
		return status == http.StatusOK
	})
	w.stateIs(true)
	w.kill()
	w.start()
	if got := w.share("v2"); got != 0.5 {
		t.Errorf("share of v2 after kill -9 is %v, want the 0.5 that was answered with 200", got)
	}
}
