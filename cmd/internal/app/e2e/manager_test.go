//go:build !race

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manager does for a child what systemd does for a service: it passes sockets, and
// hears what the service says of itself.
type manager struct {
	t     *testing.T
	path  string      // of the socket that hears
	said  chan string // a datagram each
	env   []string    // further assignments
	names []string    // of files
	files []*os.File
}

func newManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{t: t, path: filepath.Join(t.TempDir(), "notify"), said: make(chan string, 1000)}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: m.path})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-heard })
	go func() {
		defer close(heard)
		for b := make([]byte, 8<<10); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			m.said <- string(b[:n])
		}
	}()
	return m
}

// holds makes it pass a socket by that name, which it keeps.
func (m *manager) holds(name string, ln net.Listener) {
	m.t.Helper()
	f, err := ln.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { f.Close(); ln.Close() })
	m.names, m.files = append(m.names, name), append(m.files, f)
}

// prepare makes cmd a service. The process must find its own id in the environment: a
// shell knows it, and becomes it.
func (m *manager) prepare(cmd *exec.Cmd) {
	cmd.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path = "/bin/sh"
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+m.path)
	if len(m.files) > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(m.files)), "LISTEN_FDNAMES="+strings.Join(m.names, ":"))
	}
	cmd.Env = append(cmd.Env, m.env...)
	cmd.ExtraFiles = m.files
}

// hears waits for the next thing that is said, but for the watchdog's, and returns its
// assignments.
func (m *manager) hears(what string) map[string]string {
	m.t.Helper()
	for {
		said := receive(m.t, what, m.said)
		if said == "WATCHDOG=1" {
			continue
		}
		all := map[string]string{}
		for line := range strings.SplitSeq(said, "\n") {
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				m.t.Errorf("said %q, want an assignment a line", said)
			}
			all[name] = value
		}
		return all
	}
}
