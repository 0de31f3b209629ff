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
	"sync/atomic"
	"testing"
)

// processEnv makes the test binary a backend on the address it names.
const processEnv = "WEIR_E2E_BACKEND"

// What such a backend says of a request and of a check that it answered.
const (
	seenRequest = "request"
	seenPass    = "check passed"
	seenFailure = "check failed"
)

// serveProcess is the child's side: it answers 200 to everything, but to checks
// only after a line has come on its standard input, and says on standard output
// what came, a line each, until it is killed or its standard input ends.
func serveProcess(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	var well atomic.Bool
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			well.Store(true)
		}
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
		switch passes := well.Load(); {
		case r.URL.Path != healthPath:
			fmt.Println(seenRequest)
		case passes:
			fmt.Println(seenPass)
		default:
			fmt.Println(seenFailure)
			w.WriteHeader(http.StatusServiceUnavailable)
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
	in   io.WriteCloser
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

// passes lets the process pass its checks from now on.
func (p *process) passes(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(p.in, "pass\n"); err != nil {
		t.Fatal(err)
	}
}

// count counts the lines that are like this one.
func (p *process) count(line string) int {
	n := 0
	for _, l := range p.seen() {
		if l == line {
			n++
		}
	}
	return n
}

// seen is what the process said so far.
func (p *process) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}
