//go:build !race

package parity

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// child is a proxy that is being run.
type child struct {
	cmd  *exec.Cmd
	log  bytes.Buffer // read it only after its end
	done chan struct{}
}

// start runs a program and waits until it is ready.
func start(t *testing.T, dir string, ready func() bool, program string, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(program, args...), done: make(chan struct{})}
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr, c.cmd.SysProcAttr = dir, &c.log, &c.log, childAttr()
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait() // how it ended says nothing: it is told to
		close(c.done)
	}()
	for end := time.Now().Add(patience); !ready(); time.Sleep(5 * time.Millisecond) {
		select {
		case <-c.done:
			t.Fatalf("%s ended: %s", program, c.log.String())
		default:
		}
		if time.Now().After(end) {
			c.stop()
			t.Fatalf("%s is not ready: %s", program, c.log.String())
		}
	}
	return c
}

// stop ends it at once: nobody has anything open with it.
func (c *child) stop() {
	_ = c.cmd.Process.Kill() // it may have ended
	<-c.done
}

// startNginx runs NGINX as one process, so that ending it ends it all.
func startNginx(t *testing.T, file, listen string) *child {
	t.Helper()
	return start(t, filepath.Dir(file), func() bool { return accepts(listen) }, nginx(t), nginxArgs(file)...)
}

func nginxArgs(file string) []string {
	args := []string{"-p", filepath.Dir(file), "-c", file, "-e", "error.log", "-g", "daemon off; master_process off;"}
	if os.Getuid() == 0 {
		args[len(args)-1] += " user root;" // it must reach the folder
	}
	return args
}

// accepts reports whether somebody listens there.
func accepts(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// checkNginx is what nginx -t says of a file.
func checkNginx(t *testing.T, file string) (output string, err error) {
	t.Helper()
	return said(t, nginx(t), append([]string{"-t"}, nginxArgs(file)...)...)
}

// importFile is what weir import says of a file; the configuration is at to. The
// defaults are those of the NGINX that is here.
func importFile(t *testing.T, file, to string) (output string, err error) {
	t.Helper()
	return said(t, ground.Binary(t), "import", "nginx", file, "-o", to, "--nginx-version", nginxVersion(t))
}

// nginxVersion is the version of the NGINX that is here.
func nginxVersion(t *testing.T) string {
	t.Helper()
	out, err := said(t, nginx(t), "-v")
	m := regexp.MustCompile(`nginx/([0-9.]+)`).FindStringSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("nginx -v: %v, %s", err, out)
	}
	return m[1]
}

// startWeir runs what came out of an import. Only the address of the admin API is
// added to it.
func startWeir(t *testing.T, file, listen string) *child {
	t.Helper()
	dir := filepath.Dir(file)
	to := filepath.Join(dir, "weir.yaml")
	report, err := importFile(t, file, to)
	if err != nil {
		t.Fatalf("weir import: %v\n%s", err, report)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("imported:\n%s\n%s", text, report)
		}
	})
	admin := ground.FreeAddr(t)
	if err := os.WriteFile(to, fmt.Appendf(text, "admin: {address: %q}\n", admin), 0o644); err != nil {
		t.Fatal(err)
	}
	return start(t, dir, func() bool { return ground.IsReady(admin) && accepts(listen) }, ground.Binary(t), "run", "-c", to)
}

// said runs a program to its end and returns all that it says.
func said(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = childAttr()
	cmd.Env = append(os.Environ(), "RES_OPTIONS=timeout:1 attempts:1") // names with mistakes in them need not be looked up long
	out, err := cmd.CombinedOutput()
	return string(out), err
}
