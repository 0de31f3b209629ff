//go:build !race

package e2e

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// fooBackend upgrades every request to a protocol that echoes.
func fooBackend(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				br := bufio.NewReader(nc)
				if _, err := http.ReadRequest(br); err != nil {
					return
				}
				io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")
				io.Copy(nc, br)
			}()
		}
	}()
	return ln.Addr().String()
}

// fooClient is an upgraded connection.
type fooClient struct {
	net.Conn
	br *bufio.Reader
}

func dialFoo(t *testing.T, addr string) *fooClient {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	io.WriteString(nc, "GET /foo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")
	c := &fooClient{nc, bufio.NewReader(nc)}
	if resp, err := http.ReadResponse(c.br, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v, want 101", resp, err)
	}
	return c
}

// echoes checks that the tunnel works.
func (c *fooClient) echoes(t *testing.T, when string) {
	t.Helper()
	io.WriteString(c, when+"\n")
	if got, err := c.br.ReadString('\n'); err != nil || got != when+"\n" {
		t.Fatalf("%s: %q, %v, want it back", when, got, err)
	}
}

func (w *weir) statusNow(t *testing.T) (s struct {
	Ready             bool
	Inflight, Tunnels int
}) {
	t.Helper()
	w.must("GET", "/v1/status", "", &s)
	return s
}

func exitCode(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return 0
}

// Promise: an upgraded connection survives what moves traffic, is seen, and at the
// stop ends with the drain, which the exit code tells.
func TestTunnelSurvivesAllButTheDrain(t *testing.T) {
	t.Parallel()
	w, foo, other := newWeir(t), fooBackend(t), newBackend(t)
	c := conf{versions: []version{one("v1", 0, other.addr), one("v2", 100, foo)}, extra: "timeouts: {drain: 1s}\nguard: off\n"}
	w.run(c)
	tunnel := dialFoo(t, w.web)
	tunnel.echoes(t, "new")
	w.split(`{"v1":100,"v2":0}`)
	tunnel.echoes(t, "after a split change")
	w.must("POST", "/v1/upstreams/api/undo", `{"to_revision":1}`, nil)
	tunnel.echoes(t, "after an undo")
	c.extra = "timeouts: {drain: 2s}\nguard: off\n"
	w.write(c)
	w.must("POST", "/v1/reload", "", nil)
	tunnel.echoes(t, "after a reload")
	if s := w.statusNow(t); s.Tunnels != 1 || s.Inflight != 0 || !s.Ready {
		t.Errorf("%+v, want the one tunnel", s)
	}

	w.signal(syscall.SIGTERM)
	eventually(t, "not ready", func() bool { return !ground.IsReady(w.admin) })
	eventually(t, "no new connections", func() bool {
		nc, err := net.Dial("tcp", w.web)
		if err == nil {
			nc.Close()
		}
		return err != nil
	})
	if s := w.statusNow(t); s.Tunnels != 1 || s.Ready {
		t.Errorf("%+v in the drain, want the one tunnel seen and not ready", s)
	}
	tunnel.echoes(t, "in the drain")
	if _, err := tunnel.br.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v after the drain, want the tunnel closed", err)
	}
	if code := exitCode(w.wait()); code != 3 {
		t.Errorf("exit %d, want 3: a tunnel was cut off", code)
	}
	log, err := os.ReadFile(w.logFile())
	if err != nil || !strings.Contains(string(log), "cut off: 0 requests, 1 upgraded connections") || !strings.Contains(string(log), `"tunnels":1`) {
		t.Errorf("the log (%v) does not say what was in flight and cut off:\n%s", err, log)
	}
}
