package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/proxy/admin/api"
)

// weir is the binary running as a child.
type weir struct {
	web   string // where users' requests go
	admin *api.Client
	cmd   *exec.Cmd
	dir   string
}

// startWeir runs the binary with one upstream, "api", of these further keys, and
// waits until it is ready.
func startWeir(ctx context.Context, binary, upstream string) (*weir, error) {
	web, err := freeAddress()
	if err != nil {
		return nil, err
	}
	adminAddress, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w := &weir{web: web}
	if w.admin, err = api.NewClient("http://" + adminAddress); err != nil {
		return nil, err
	}
	if w.dir, err = os.MkdirTemp("", "weir-bench"); err != nil {
		return nil, err
	}
	file := filepath.Join(w.dir, "weir.yaml")
	text := fmt.Sprintf("listeners: [{name: web, address: %q}]\nadmin: {address: %q}\nstate: ./state\nupstreams:\n  api:\n%s\nroutes: [{upstream: api}]\n",
		web, adminAddress, indent(upstream))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.dir))
	}
	var log bytes.Buffer
	w.cmd = exec.Command(binary, "run", "-c", file)
	w.cmd.Stdout, w.cmd.Stderr = &log, &log
	if err := w.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.dir))
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if s, err := w.admin.Status(ctx); err == nil && s.Ready {
			return w, nil
		}
		if ctx.Err() != nil || time.Since(begun) > 10*time.Second {
			w.stop()
			return nil, fmt.Errorf("%s is not ready after 10 s:\n%s", binary, log.String())
		}
	}
}

// stop ends the child and removes what it left.
func (w *weir) stop() {
	_ = w.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = w.cmd.Wait()                          // its exit code is not what is measured
	os.RemoveAll(w.dir)
}

// resident is the child's resident memory in bytes, which Linux tells.
func (w *weir) resident() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS in /proc status")
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
