//go:build !race

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// patience bounds every wait for a condition. It is long because the machine may
// be busy; a test that needs a promised time measures it itself.
const patience = 30 * time.Second

// weir is one child process of the program under test, with its own folder.
type weir struct {
	t     *testing.T
	dir   string // holds weir.yaml, state and the child's log
	file  string // the configuration
	web   string // address of the proxy's listener
	admin string // address of the admin listener
	attr  *syscall.SysProcAttr
	bin   string
	args  []string // nil: run -c file
	out   *os.File // gets the log instead of the file, if not nil
	by    *manager // starts it, as a service; nil: nobody in particular

	cmd  *exec.Cmd
	exit chan error // one value when cmd has ended
}

// newWeir prepares a child without starting it.
func newWeir(t *testing.T) *weir {
	t.Helper()
	dir := t.TempDir()
	w := &weir{
		t: t, dir: dir, file: filepath.Join(dir, "weir.yaml"),
		web: ground.FreeAddr(t), admin: ground.FreeAddr(t),
		attr: childAttr(), bin: ground.Binary(t),
	}
	t.Cleanup(w.cleanup)
	checked.Watch(t, w.admin)
	return w
}

// start runs the child and waits until it says that it is ready.
func (w *weir) start() {
	w.t.Helper()
	w.launch()
	w.ready()
}

func (w *weir) launch() {
	w.t.Helper()
	log := w.out
	if log == nil {
		var err error
		if log, err = os.OpenFile(w.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
			w.t.Fatal(err)
		}
		defer log.Close()
	}
	args := w.args
	if args == nil {
		args = []string{"run", "-c", w.file}
	}
	cmd := exec.Command(w.bin, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = w.dir, log, log, w.attr
	if w.by != nil {
		w.by.prepare(cmd)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	w.cmd, w.exit = cmd, exit
}

func (w *weir) ready() {
	w.t.Helper()
	w.eventually("ready", func() bool {
		select {
		case err := <-w.exit:
			w.cmd = nil
			w.t.Fatalf("weir run ended: %v", err)
		default:
		}
		return ground.IsReady(w.admin)
	})
}

// stop asks the child to end and demands that it ends well.
func (w *weir) stop() {
	w.t.Helper()
	w.signal(syscall.SIGTERM)
	if err := w.wait(); err != nil {
		w.t.Fatalf("weir run after SIGTERM: %v, want exit 0", err)
	}
}

// kill ends the child without giving it a chance to do anything.
func (w *weir) kill() {
	w.t.Helper()
	w.signal(syscall.SIGKILL)
	if err := w.wait(); err == nil {
		w.t.Fatal("weir run ended well although it was killed")
	}
}

func (w *weir) signal(sig syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
}

func (w *weir) wait() error {
	w.t.Helper()
	select {
	case err := <-w.exit:
		w.cmd = nil
		return err
	case <-time.After(patience):
		w.t.Fatal("weir run does not end")
		return nil
	}
}

func (w *weir) cleanup() {
	if w.cmd != nil {
		_ = w.cmd.Process.Kill() // it may have ended by itself
		<-w.exit
	}
	if w.t.Failed() {
		log, _ := os.ReadFile(w.logFile())
		if len(log) > 16<<10 {
			log = log[len(log)-16<<10:]
		}
		w.t.Logf("log of weir run:\n%s", log)
	}
}

func (w *weir) logFile() string { return filepath.Join(w.dir, "log") }

// cli runs the program as an operator would.
func (w *weir) cli(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	cmd := exec.Command(w.bin, append([]string{"--admin", "http://" + w.admin}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = childAttr()
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	if ee, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), errs.String(), ee.ExitCode()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return out.String(), errs.String(), 0
}

// eventually waits until ok, and fails the test when that takes too long.
func (w *weir) eventually(what string, ok func() bool) {
	w.t.Helper()
	eventually(w.t, what, ok)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not seen within %v: %s", patience, what)
}
