//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Promise: the demo shows what it says in less than a minute, and leaves neither
// a process nor a file. With --keep it stays until it is told to go.
func TestDemo(t *testing.T) {
	t.Parallel()
	for scenario, c := range map[string]struct {
		says string
		keep bool
	}{
		"bad-canary":     {says: `(?m)^reverted: \d+(\.\d+)? ms from v2's first bad answer to its last request$`},
		"good-canary":    {says: `succeeded`, keep: true},
		"hanging-canary": {says: `(?m)^reverted: \d+(\.\d+)? ms from v2's first request given up to its last request$`},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			d := startDemo(t, "--scenario", scenario, fmt.Sprintf("--keep=%v", c.keep))
			if c.keep {
				d.stays(t)
			}
			err := d.wait(t)
			out := d.out.String()
			if err != nil || !regexp.MustCompile(c.says).MatchString(out) || !strings.Contains(out, "all promises kept") {
				t.Errorf("weir demo: %v, want exit 0, %s and all promises kept:\n%s", err, c.says, out)
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

// stays demands that a kept demo, at its end, says where its admin API is, and
// that it is there; then it is told to go.
func (d *demo) stays(t *testing.T) {
	t.Helper()
	told := regexp.MustCompile(`staying up .*\n.*--admin (http://127\.0\.0\.1:\d+)`)
	var at []string
	for end := time.Now().Add(time.Minute); at == nil; time.Sleep(50 * time.Millisecond) {
		if at = told.FindStringSubmatch(d.out.String()); at == nil && (time.Now().After(end) || d.ended()) {
			t.Fatalf("weir demo --keep does not say that it stays up, and where:\n%s", d.out.String())
		}
	}
	for _, path := range []string{"/readyz", "/v1/upstreams"} {
		res, err := http.Get(at[1] + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("GET %s of a kept demo: %d, want 200", path, res.StatusCode)
		}
	}
	d.signal(t, syscall.SIGINT)
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
			eventually(t, "the demo has its processes", func() bool {
				pids, shown := d.processes(t)
				return len(pids) >= 5 || !shown
			})
			for _, sig := range signals {
				d.signal(t, sig)
				time.Sleep(5 * time.Millisecond) // two of a kind at once are one to a process
			}
			_ = d.wait(t) // how it calls an interruption is its own affair
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
	if err := d.wait(t); err == nil {
		t.Error("weir demo ended with exit 0 although nobody could read how it went")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("weir demo went on for %v", took)
	}
	d.leavesNothing(t)
}
