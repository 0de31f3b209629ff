//go:build !race

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Promise: the demo shows what it says in less than a minute, and leaves neither
// a process nor a file.
func TestDemo(t *testing.T) {
	t.Parallel()
	for scenario, says := range map[string]string{
		"bad-canary":  `(?m)^reverted \d+(\.\d+)? ms`,
		"good-canary": `succeeded`,
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			d := startDemo(t, "--scenario", scenario)
			begin := time.Now()
			err := d.cmd.Wait()
			out := d.out.String()
			if err != nil || !regexp.MustCompile(says).MatchString(out) || !strings.Contains(out, "all promises kept") {
				t.Errorf("weir demo: %v, want exit 0, %s and all promises kept:\n%s", err, says, out)
			}
			if strings.Contains(out, "\x1b") {
				t.Error("weir demo writes escape codes to what is not a terminal")
			}
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("weir demo took %v", took)
			}
			d.leavesNothing(t)
		})
	}
}

func TestInterruptedDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "--keep")
	eventually(t, "the demo has its processes", func() bool { return len(d.processes(t)) >= 5 })
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Wait() // how it calls an interruption is its own affair
	d.leavesNothing(t)
}

type demo struct {
	cmd *exec.Cmd
	out bytes.Buffer
	tmp string // its folder for temporary files, which marks its processes too
}

func startDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := &demo{tmp: t.TempDir()}
	d.cmd = exec.Command(binary(t), append([]string{"demo"}, args...)...)
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.tmp)
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.SysProcAttr = &d.out, &d.out, childAttr()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // it has ended, unless the test failed
	return d
}

// processes finds the demo and its children by their environment, where the
// system shows it.
func (d *demo) processes(t *testing.T) (pids []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("this system does not show its processes under /proc")
	}
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err == nil && bytes.Contains(env, fmt.Appendf(nil, "TMPDIR=%s\x00", d.tmp)) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

func (d *demo) leavesNothing(t *testing.T) {
	t.Helper()
	if pids := d.processes(t); len(pids) > 0 {
		t.Errorf("the demo left the processes %v", pids)
	}
	left, err := os.ReadDir(d.tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left the files %v (%v)", left, err)
	}
}
