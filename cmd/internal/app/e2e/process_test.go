//go:build !race

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// processEnv makes the test binary a backend on the address it names.
const processEnv = "WEIR_E2E_BACKEND"

// serveProcess is the child's side: it answers 200 to everything and says on
// standard output what came, a line each, until it is killed or its standard
// input ends.
func serveProcess(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("listening")
	var mu sync.Mutex
	return http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		if r.URL.Path == healthPath {
			fmt.Println("probe")
		} else {
			fmt.Println("request " + r.Header.Get("X-Id"))
		}
		mu.Unlock()
		w.Header().Set("X-Backend", addr)
		w.Header().Set("X-Body-Hash", hash(body))
		w.Write(body)
	}))
}

// process is a backend in a process of its own, which can be killed.
type process struct {
	addr string
	cmd  *exec.Cmd
	in   io.Closer
	done chan struct{} // closed when all its output is read

	mu    sync.Mutex
	lines []string
}

func newProcess(t *testing.T, addr string) *process {
	t.Helper()
	p := &process{addr: addr, done: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), processEnv+"="+addr)
	p.cmd.Stderr, p.cmd.SysProcAttr = os.Stderr, childAttr()
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in = in
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			p.mu.Unlock()
		}
	}()
	eventually(t, "backend process listens", func() bool { return len(p.seen()) > 0 })
	return p
}

// kill ends the process at once, as a crash does; more calls do nothing.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be dead already
	<-p.done
	_ = p.cmd.Wait()
	p.in.Close()
}

// seen is what the process said so far.
func (p *process) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}
