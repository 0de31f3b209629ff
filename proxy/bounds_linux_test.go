package proxy

import (
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"weir/health/outcome"
)

// deafAddress is one that lets nobody connect and refuses nobody: its queue is
// full.
func deafAddress(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 8 {
		nc, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { nc.Close() })
	}
	t.Fatal("the queue of a listener does not fill")
	return ""
}

// TestTryTimeoutBoundsConnecting, and so does the total.
func TestTryTimeoutBoundsConnecting(t *testing.T) {
	for name, tt := range map[string]struct {
		set    func(*Upstream)
		status int
	}{
		"connect": {func(up *Upstream) { up.Timeouts.Connect = 80 * time.Millisecond }, 200},
		"try":     {func(up *Upstream) { up.Retry.TryTimeout = 80 * time.Millisecond }, 200},
		"total":   {func(up *Upstream) { up.Timeouts.Total = 80 * time.Millisecond }, 504},
	} {
		t.Run(name, func(t *testing.T) {
			up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{deafAddress(t), cannedBackend(t)}})
			up.Timeouts.Connect = 10 * time.Second
			tt.set(up)
			c := start(t, up, Options{}).dial(t)
			begin := time.Now()
			if g := c.get("/"); g.StatusCode != tt.status {
				t.Errorf("%d, want %d", g.StatusCode, tt.status)
			}
			if d := time.Since(begin); d < 80*time.Millisecond || d > 3*time.Second {
				t.Errorf("answered after %v, want it soon after 80 ms", d)
			}
			if n := firsts(up.Versions[0])[outcome.Connect]; n != 1 {
				t.Errorf("outcomes %v, want one connect", firsts(up.Versions[0]))
			}
		})
	}
}
