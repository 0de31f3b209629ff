//go:build !race

package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// unit is a file of deploy/systemd.
func unit(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// systemdAnalyze runs it on units in dir.
func systemdAnalyze(t *testing.T, dir string, args ...string) (said string, err error) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		lacking(t, "systemd")
	}
	cmd := exec.CommandContext(t.Context(), "systemd-analyze", args...)
	cmd.Dir, cmd.SysProcAttr = dir, childAttr()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Promise: systemd understands the units, and what is left to the service is little.
func TestUnits(t *testing.T) {
	t.Parallel()
	w, dir := newWeir(t), t.TempDir()
	for _, name := range []string{"weir.service", "weir.socket"} {
		text := strings.ReplaceAll(unit(t, name), "/usr/bin/weir", w.bin)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	said, err := systemdAnalyze(t, dir, "verify", "--man=no", "./weir.service", "./weir.socket")
	if err != nil {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	for line := range strings.Lines(said) {
		// What an older systemd says of the line that is not for it.
		if !strings.Contains(line, "weir.service:") || !strings.Contains(line, "ignoring: notify-reload") {
			t.Errorf("systemd-analyze verify: %s", line)
		}
	}
	const exposure = "20" // in tenths, of 100: "OK" begins at 49, 0 is nothing at all
	if said, err := systemdAnalyze(t, dir, "security", "--offline=true", "--no-pager", "--threshold="+exposure, "./weir.service"); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, said)
	}
}

// Promise: what Weir asks of the kernel is what its unit allows.
func TestUnitAllowsTheSystemCalls(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		lacking(t, "strace")
	}
	allowed := allowedCalls(t)
	b, v2, w := newBackend(t), newBackend(t), newWeir(t)
	trace := filepath.Join(w.dir, "trace")
	// -D: the process that the test signals is Weir.
	bin := w.bin
	w.bin, w.args = strace, []string{"-D", "-f", "-qq", "-o", trace, bin, "run", "-c", w.file}
	file := conf{versions: []version{one("v1", 100, b.addr), one("v2", 0, v2.addr)}, extra: ramp}
	w.run(file)
	w.bin = bin
	noFailures(t, closedLoop(w.web, 2, 50))
	noFailures(t, []shot{(&client{addr: w.web}).do("post", http.MethodPost, payload(1), time.Now())})
	w.startRollout("v2")
	w.write(file)
	w.signal(syscall.SIGHUP)
	w.metrics()
	w.eventually("v2 gets requests", func() bool { noFailures(t, closedLoop(w.web, 2, 10)); return v2.count() > 0 })
	w.stop()

	lines, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\d+ +(\w+)\(`).FindAllSubmatch(lines, -1) {
		seen[string(m[1])] = true
	}
	for call := range seen {
		if !slices.Contains(allowed, call) {
			t.Errorf("Weir makes the system call %s, which weir.service does not allow", call)
		}
	}
	for _, call := range []string{"accept4", "epoll_pwait", "execve"} {
		if !seen[call] {
			t.Errorf("%s is not among the %d calls seen: nothing is proved", call, len(seen))
		}
	}
}

// allowedCalls are those that SystemCallFilter leaves.
func allowedCalls(t *testing.T) (allowed []string) {
	t.Helper()
	said, err := systemdAnalyze(t, "", "syscall-filter", "--no-pager")
	if err != nil {
		t.Fatalf("systemd-analyze syscall-filter: %v\n%s", err, said)
	}
	sets, set := map[string][]string{}, ""
	for line := range strings.Lines(said) {
		switch name := strings.TrimSpace(line); {
		case name == "" || strings.HasPrefix(name, "#"):
		case strings.HasPrefix(line, "@"):
			set = name
		default:
			sets[set] = append(sets[set], name)
		}
	}
	var expand func(name string) []string
	expand = func(name string) (calls []string) {
		if !strings.HasPrefix(name, "@") {
			return []string{name}
		}
		for _, inner := range sets[name] {
			calls = append(calls, expand(inner)...)
		}
		return calls
	}
	for _, m := range regexp.MustCompile(`(?m)^SystemCallFilter=(~?)(.*)$`).FindAllStringSubmatch(unit(t, "weir.service"), -1) {
		for name := range strings.FieldsSeq(m[2]) {
			calls := expand(name)
			if len(calls) == 0 {
				t.Errorf("SystemCallFilter names %s, which systemd does not know", name)
			}
			if m[1] == "" {
				allowed = append(allowed, calls...)
			} else {
				allowed = slices.DeleteFunc(allowed, func(c string) bool { return slices.Contains(calls, c) })
			}
		}
	}
	return allowed
}
