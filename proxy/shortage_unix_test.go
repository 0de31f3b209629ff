//go:build unix

package proxy

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"weir/health/outcome"
)

// TestOwnShortageIsNotTheEndpoints: without a file descriptor for a connection
// Weir is overloaded, and its endpoints are as well as before.
func TestOwnShortageIsNotTheEndpoints(t *testing.T) {
	up := one(t, cannedBackend(t))
	r := start(t, up, Options{})
	c := r.dial(t)
	eventually(t, "accepted", func() bool { return r.Connections() == 1 })
	restore := useUpFiles(t)
	c.send(plainGet)
	g, err := c.tryReceive("GET")
	restore()
	if err != nil || g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "overload" {
		t.Errorf("%v %v, want 503 overload", g.Response, err)
	}
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.Canceled: 1} {
		t.Errorf("outcomes %v, want one canceled", f)
	}
	if n := up.Versions[0].Endpoints[0].Stats.Counts(); n != (outcome.EndpointCounts{}) {
		t.Errorf("endpoint %+v, want nothing against it", n)
	}
	if g := c.get("/"); g.StatusCode != 200 {
		t.Errorf("%d after the shortage, want 200", g.StatusCode)
	}
}

// TestServeOutlivesAShortage: the engine would stop accepting for good when an
// accept finds no file descriptor. The one who came then is served when there are
// some again.
func TestServeOutlivesAShortage(t *testing.T) {
	said := make(signal, 1)
	r := start(t, one(t, cannedBackend(t)), Options{Log: zerolog.New(said)})
	r.dial(t).get("/") // what is made once is made
	spare, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	restore := useUpFiles(t)
	spare.Close()
	c := r.dial(t) // takes the one descriptor that is left
	select {
	case <-said:
	case <-time.After(5 * time.Second):
		t.Error("nobody complained about the shortage")
	}
	restore()
	if g := c.get("/"); g.StatusCode != 200 {
		t.Errorf("%d after the shortage, want 200", g.StatusCode)
	}
	if g := r.dial(t).get("/"); g.StatusCode != 200 {
		t.Errorf("%d on a later connection, want 200", g.StatusCode)
	}
}

// signal is a log of which only the first line matters.
type signal chan struct{}

func (s signal) Write(p []byte) (int, error) {
	select {
	case s <- struct{}{}:
	default:
	}
	return len(p), nil
}

// useUpFiles takes every file descriptor that the process may have, of few.
func useUpFiles(t *testing.T) (restore func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	restore = func() {
		for _, f := range files {
			f.Close()
		}
		files = nil
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}
	few := before
	few.Cur = min(before.Cur, 1000)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return restore
		}
		files = append(files, f)
	}
}
