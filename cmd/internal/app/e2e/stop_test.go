//go:build !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"
)

// Promise: SIGTERM takes nothing new and lets what is in flight finish.
func TestStopDrains(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	release := make(chan struct{})
	b.does(func(int, *http.Request) reply { return reply{until: release} })
	w.run(conf{versions: []version{one("v1", 100, b.addr)}})
	idle, err := net.Dial("tcp", w.web)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()

	c := &client{addr: w.web}
	defer c.close()
	const n = 20
	shots := make(chan shot, n)
	for range n {
		go func() { shots <- c.do("slow", http.MethodPost, []byte("finish me"), time.Now()) }()
	}
	eventually(t, "all requests are at the endpoint", func() bool { return b.count() == n })
	w.signal(syscall.SIGTERM)
	eventually(t, "no new connections", func() bool {
		conn, err := net.Dial("tcp", w.web)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(release)
	for range n {
		if s := receive(t, "the answer to a request in flight", shots); !s.ok() {
			t.Errorf("request in flight at SIGTERM: %v, want 200", s)
		}
	}
	if err := w.wait(); err != nil {
		t.Errorf("weir run after SIGTERM: %v, want exit 0", err)
	}
}

// Promise: who reads the log may leave; the proxy serves on, takes commands and
// stops in order.
func TestLogReaderThatLeaves(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.out = writer
	w.run(conf{versions: []version{one("v1", 100, b.addr)}})
	writer.Close()
	reader.Close() // as `weir run -c weir.yaml | head` does
	for i := range 3 {
		w.split(fmt.Sprintf(`{"v1":%d}`, i+1)) // is logged
	}
	noFailures(t, closedLoop(w.web, 4, 100))
	w.stop()
}
