//go:build !race

package e2e

import (
	"bufio"
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
		"bad-canary":  `(?m)^reverted: \d+(\.\d+)? ms from v2's first bad answer to its last request$`,
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

// Promise: however a demo is ended, it leaves nothing. (Not in parallel: a demo starts
// five processes, and TestDemo has promises about users.)
func TestInterruptedDemoLeavesNothing(t *testing.T) {
	for name, signals := range map[string][]syscall.Signal{
		"Ctrl-C":                   {syscall.SIGINT},
		"the terminal is closed":   {syscall.SIGHUP},
		"somebody has no patience": {syscall.SIGTERM, syscall.SIGTERM, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			d := startDemo(t, "--keep")
			eventually(t, "the demo has its processes", func() bool { return len(d.processes(t)) >= 5 })
			for _, sig := range signals {
				if err := d.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Millisecond) // two of a kind at once are one to a process
			}
			_ = d.cmd.Wait() // how it calls an interruption is its own affair
			d.leavesNothing(t)
		})
	}
}

func TestDemoThatNobodyReadsLeavesNothing(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := prepareDemo(t)
	d.cmd.Stdout = writer
	d.start(t)
	writer.Close()
	lines := bufio.NewScanner(reader)
	for range 3 { // as `weir demo | head -3` does
		lines.Scan()
	}
	reader.Close()
	begin := time.Now()
	if err := d.cmd.Wait(); err == nil {
		t.Error("weir demo ended with exit 0 although nobody could read how it went")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("weir demo went on for %v", took)
	}
	d.leavesNothing(t)
}

type demo struct {
	cmd *exec.Cmd
	out bytes.Buffer
	tmp string // its folder for temporary files, which marks its processes too
}

func startDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := prepareDemo(t, args...)
	d.start(t)
	return d
}

func prepareDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := &demo{tmp: t.TempDir()}
	d.cmd = exec.Command(binary(t), append([]string{"demo"}, args...)...)
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.tmp)
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.SysProcAttr = &d.out, &d.out, childAttr()
	return d
}

func (d *demo) start(t *testing.T) {
	t.Helper()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // it has ended, unless the test failed
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
