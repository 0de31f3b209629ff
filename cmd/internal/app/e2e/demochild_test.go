//go:build !race

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// demo is a `weir demo` as a child.
type demo struct {
	cmd  *exec.Cmd
	out  output
	tmp  string     // its folder for temporary files, which marks its processes too
	exit chan error // one value when cmd has ended
}

// output is what a child has said so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func startDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := prepareDemo(t, args...)
	d.start(t)
	return d
}

func prepareDemo(t *testing.T, args ...string) *demo {
	t.Helper()
	d := &demo{tmp: t.TempDir(), exit: make(chan error, 1)}
	d.cmd = exec.Command(ground.Binary(t), append([]string{"demo"}, args...)...)
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.tmp)
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.SysProcAttr = &d.out, &d.out, childAttr()
	return d
}

func (d *demo) start(t *testing.T) {
	t.Helper()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.exit <- d.cmd.Wait() }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // it has ended, unless the test failed
}

func (d *demo) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// wait waits for the end of the demo, which bounds itself by a minute.
func (d *demo) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-d.exit:
		return err
	case <-time.After(2 * time.Minute):
		t.Fatalf("weir demo does not end:\n%s", d.out.String())
		return nil
	}
}

// ended looks without taking the value from wait.
func (d *demo) ended() bool { return len(d.exit) > 0 }

// leavesNothing demands that neither files nor processes are left.
func (d *demo) leavesNothing(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(d.tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left the files %v (%v)", left, err)
	}
	if pids, _ := d.processes(t); len(pids) > 0 {
		t.Errorf("the demo left the processes %v", pids)
	}
}

// processes finds the demo and its children by their environment; shown is false
// where the system does not show it.
func (d *demo) processes(t *testing.T) (pids []string, shown bool) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err == nil && bytes.Contains(env, fmt.Appendf(nil, "TMPDIR=%s\x00", d.tmp)) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids, len(files) > 0
}
