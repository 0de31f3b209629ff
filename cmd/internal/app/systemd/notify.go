package systemd

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager hears of the life of the process: starting, serving, stopping. Its methods
// may be called from any goroutine. The zero value is a process that starts.
type Manager struct {
	mu struct {
		sync.Mutex
		phase  phase
		status string // while it serves
	}
}

type phase int

const (
	starting phase = iota
	serving
	stopping
)

// Ready says that the process serves. status is a line for `systemctl status`.
func (m *Manager) Ready(status string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.phase, m.mu.status = serving, status
	tell(daemon.SdNotifyReady, "STATUS="+line(status))
}

// Reloading says that a reload begins. What it returns says that it has ended, with
// its trouble, and has to be called. Neither says anything unless the process serves:
// the end of a reload looks like the end of the start.
func (m *Manager) Reloading() (done func(error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.phase != serving {
		return func(error) {}
	}
	// The time tells the manager that this is the reload it asked for, not an older one.
	tell(daemon.SdNotifyReloading, strings.TrimSuffix(daemon.SdNotifyMonotonicUsec(), "\n"))
	return func(trouble error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.mu.phase != serving {
			return
		}
		status := m.mu.status
		if trouble != nil {
			status = "serving as before, the latest reload was refused: " + trouble.Error()
		}
		tell(daemon.SdNotifyReady, "STATUS="+line(status))
	}
}

// Stopping says that the process takes nothing new, and what it waits for. It may be
// said again and again. more is how long it may yet take: the manager waits at least
// as long before it kills. 0 is as long as the unit says.
func (m *Manager) Stopping(status string, more time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.phase = stopping
	said := []string{daemon.SdNotifyStopping, "STATUS=" + line(status)}
	if more > 0 {
		said = append(said, fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", more.Microseconds()))
	}
	tell(said...)
}

// tell sends one datagram. Nobody can act on an error: the manager will, which hears
// nothing.
func tell(assignments ...string) {
	_, _ = daemon.SdNotify(false, strings.Join(assignments, "\n"))
}

// statusMax bounds a status, in bytes.
const statusMax = 300

// line makes one line of a status, which ends with a line.
func line(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > statusMax {
		s = strings.ToValidUTF8(s[:statusMax], "") + "…"
	}
	return s
}
