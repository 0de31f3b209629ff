//go:build !race

package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// withLog is the configuration with an access log.
func (w *weir) withLog(c conf, log string) string { return w.yaml(c) + "access_log: " + log + "\n" }

// lines are those of a file in the child's folder; none when there is no file.
func (w *weir) lines(file string) []string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// Promise: each request has its line once, through rotations, and the last ones are
// there when the process has ended.
func TestAccessLogThroughRotations(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	c := conf{versions: []version{one("v1", 100, b.addr)}}
	w.writeText(w.withLog(c, "{file: access.log}"))
	w.start()
	const rotations, each = 3, 500
	rotated := func(i int) string { return "access.log." + string(rune('0'+i)) }
	for i := range rotations {
		noFailures(t, closedLoop(w.web, 4, each))
		if err := os.Rename(filepath.Join(w.dir, "access.log"), filepath.Join(w.dir, rotated(i))); err != nil {
			t.Fatal(err)
		}
		if i == 1 { // a file that is refused changes nothing about it
			w.writeText("nonsense")
		}
		w.signal(syscall.SIGHUP)
		w.eventually("a new file", func() bool { _, err := os.Stat(filepath.Join(w.dir, "access.log")); return err == nil })
	}
	noFailures(t, closedLoop(w.web, 4, each))
	w.stop()
	total := 0
	for _, file := range []string{rotated(0), rotated(1), rotated(2), "access.log"} {
		lines := w.lines(file)
		total += len(lines)
		for _, line := range lines {
			var l struct {
				Status   int
				Endpoint string
				TraceID  string `json:"trace_id"`
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil || l.Status != http.StatusOK || l.Endpoint != b.addr || len(l.TraceID) != 32 {
				t.Fatalf("%s: %v: %s", file, err, line)
			}
		}
	}
	if total != (rotations+1)*each {
		t.Errorf("%d lines for %d requests", total, (rotations+1)*each)
	}
	info, err := os.Stat(filepath.Join(w.dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&^0o640 != 0 {
		t.Errorf("mode %v, want none beyond 0640", mode)
	}
}

// Promise: a reload changes the log; a log that cannot be opened refuses the start,
// or the reload, by its place in the file.
func TestAccessLogReloads(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	c := conf{versions: []version{one("v1", 100, b.addr)}}

	w.writeText(w.withLog(c, "{file: nowhere/access.log}"))
	w.launch()
	if err := w.wait(); err == nil {
		t.Error("weir run began without the folder of its log")
	}
	if said := strings.Join(w.lines("log"), "\n"); !strings.Contains(said, "access_log.file: ") || !strings.Contains(said, "weir.yaml:") {
		t.Errorf("weir run said: %s", said)
	}

	w.write(c)
	w.start()
	noFailures(t, closedLoop(w.web, 1, 5))
	w.writeText(w.withLog(c, `{file: first.log, format: "$status $path"}`))
	w.must("POST", "/v1/reload", "", nil)
	noFailures(t, closedLoop(w.web, 1, 5))
	w.eventually("five lines by the template", func() bool { return len(w.lines("first.log")) == 5 })
	if line := w.lines("first.log")[0]; !strings.HasPrefix(line, "200 /") {
		t.Errorf("line %q, want status and path", line)
	}

	w.writeText(w.withLog(c, "{file: nowhere/access.log}"))
	if status, p := w.call("POST", "/v1/reload", "", nil); status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "access_log.file: ") {
		t.Errorf("a log that cannot be opened: %d %+v, want 422 and its place", status, p)
	}
	noFailures(t, closedLoop(w.web, 1, 5))
	w.eventually("the log of before", func() bool { return len(w.lines("first.log")) == 10 })

	w.writeText(w.withLog(c, `{file: second.log, only: {status: "500-599"}}`))
	w.must("POST", "/v1/reload", "", nil)
	noFailures(t, closedLoop(w.web, 1, 5))
	b.fails(http.StatusNotImplemented)
	closedLoop(w.web, 1, 3)
	w.eventually("the failures", func() bool { return len(w.lines("second.log")) == 3 })

	w.write(c)
	w.must("POST", "/v1/reload", "", nil)
	closedLoop(w.web, 1, 5)
	w.stop()
	if n, m := len(w.lines("first.log")), len(w.lines("second.log")); n != 10 || m != 3 {
		t.Errorf("%d and %d lines in the end, want 10 and 3", n, m)
	}
	if got := w.lines("second.log"); !strings.Contains(got[0], `"status":501`) {
		t.Errorf("line %s", got[0])
	}
}
