package control

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

// writers is a control plane with its data plane, two versions behind it, and what they
// have got.
type writers struct {
	*bench
	server *proxy.Server
	url    string

	mu   sync.Mutex
	got  []string      // "VERSION PATH" of writes, as they came
	slow chan struct{} // writes to /slow wait for it
}

func newWriters(t *testing.T, hold config.WriteHold, o Options) *writers {
	t.Helper()
	w := &writers{server: proxy.New(proxy.Options{}), slow: make(chan struct{})}
	over := make(chan struct{})
	u := upstreamConfig("api", ver{"v1", 100, 0}, ver{"v2", 0, 0})
	for i := range u.Versions {
		v := &u.Versions[i]
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.mu.Lock()
				w.got = append(w.got, v.Name+" "+r.URL.Path)
				w.mu.Unlock()
			}
			if r.URL.Path == "/slow" {
				select {
				case <-w.slow:
				case <-over:
				}
			}
		}))
		t.Cleanup(s.Close)
		v.Endpoints = []config.Endpoint{{Address: s.Listener.Addr().String(), Weight: 1}}
	}
	u.Rollout.Strategy, u.Rollout.WriteHold = blueGreen, &hold
	u.Rollout.BlueGreen = config.BlueGreen{MinUsable: 1}
	o.Config = fileConfig(u)
	o.Config.Routes = []config.Route{{Host: "*", Path: "/", Upstream: "api"}}
	o.Config.Clients = config.Clients{
		Timeouts: config.ClientTimeouts{Header: time.Minute, KeepAlive: time.Minute, Body: time.Minute, Send: time.Minute},
		Limits:   config.ClientLimits{Head: 32 << 10, Headers: 100, Target: 8 << 10, Connections: 1000, ConnectionsPerIP: 1000},
	}
	t.Cleanup(func() { close(over) })
	w.bench = newBench(t, o)
	w.serve(t)
	return w
}

// serve has the data plane serve what the control plane publishes.
func (w *writers) serve(t *testing.T) {
	t.Helper()
	_, first := w.published()
	w.server.Publish(first)
	w.opts.Publish = func(s *proxy.Snapshot) {
		w.server.Publish(s)
		w.note(s)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = w.server.Serve(ln) })
	all.Go(func() { _ = w.server.Run(ctx) })
	t.Cleanup(func() {
		end, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer stop()
		_ = w.server.Shutdown(end)
		cancel()
		all.Wait()
	})
}

// post sends a write and returns what came of it, in time.
func (w *writers) post(path string) <-chan string {
	out := make(chan string, 1)
	go func() {
		c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
		resp, err := c.Post(w.url+path, "text/plain", strings.NewReader("x"))
		if err != nil {
			out <- err.Error()
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		out <- fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("X-Weir-Reason"))
	}()
	return out
}

func (w *writers) writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.got...)
}

func (w *writers) gate() *proxy.WriteGate { return &w.upstream("api").shared.Writes }

// inForce waits until writes are held, and one more waits than do.
func (w *writers) inForce(t *testing.T, waiting int) {
	t.Helper()
	until(t, func() string {
		if s := w.gate().State(); !s.InForce || s.Waiting != waiting {
			return fmt.Sprintf("%+v, want a hold and %d waiting", s, waiting)
		}
		return ""
	})
}

// arrived waits until a write has come to a version.
func (w *writers) arrived(t *testing.T, what string) {
	t.Helper()
	until(t, func() string {
		if got := strings.Join(w.writes(), ", "); !strings.Contains(got, what) {
			return fmt.Sprintf("got %s, want %s", got, what)
		}
		return ""
	})
}

func wantAnswer(t *testing.T, what string, from <-chan string, want string) {
	t.Helper()
	select {
	case got := <-from:
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: no answer", what)
	}
}

// saidOfHold is what was said of holds, in their order.
func (b *bench) saidOfHold() string {
	var out []string
	for _, ev := range b.emitted() {
		if ev.Kind == EventWriteHold {
			out = append(out, ev.Reason)
		}
	}
	return strings.Join(out, "; ")
}

var minute = config.WriteHold{Max: time.Minute, MaxRequests: 100, MaxBytes: 1 << 20, OnExpiry: config.Reject}

// TestSwitchWaitsForWritesUnderWay: new ones wait, the switch comes when the old ones
// have ended, and those that waited go to the version that has the writes then.
func TestSwitchWaitsForWritesUnderWay(t *testing.T) {
	w := newWriters(t, minute, Options{})
	w.startAll(t)
	old := w.post("/slow")
	w.arrived(t, "v1 /slow")
	w.startGreen(t)
	w.inForce(t, 0)
	held := w.post("/held")
	w.inForce(t, 1)
	if got := w.split("api").Weights["v2"]; got != 0 {
		t.Errorf("v2 has weight %v while a write is under way", got)
	}
	s, err := w.Rollout("api")
	if err != nil || !s.HoldsWrites() {
		t.Errorf("%s %q, %v: want writes held", s.Phase, s.Reason, err)
	}
	close(w.slow)
	wantAnswer(t, "the write under way", old, "200 ")
	wantAnswer(t, "the one that waited", held, "200 ")
	w.comesTo(t, rollout.Baking)
	wantAnswer(t, "one after the switch", w.post("/after"), "200 ")
	if got := strings.Join(w.writes(), ", "); got != "v1 /slow, v2 /held, v2 /after" {
		t.Errorf("got %s", got)
	}
	said := w.saidOfHold()
	for _, part := range []string{"writes are held, for 1m at most", "1 write under way when they were held, the last ended", "in flight 0"} {
		if !strings.Contains(said, part) {
			t.Errorf("%q was said, want %q in it", said, part)
		}
	}
}

// TestWritesThatDoNotEndAbort: nothing is switched, and writes flow again where they did.
func TestWritesThatDoNotEndAbort(t *testing.T) {
	for _, on := range []string{config.Reject, config.Release} {
		hold := minute
		hold.Max, hold.OnExpiry = 300*time.Millisecond, on
		w := newWriters(t, hold, Options{})
		w.startAll(t)
		old := w.post("/slow")
		w.arrived(t, "v1 /slow")
		w.startGreen(t)
		w.inForce(t, 0)
		held := w.post("/held")
		s := w.comesTo(t, rollout.Aborted)
		for _, part := range []string{"write_hold", "the hold ended by itself", "1 write still under way"} {
			if !strings.Contains(s.Reason, part) {
				t.Errorf("the reason is %q, want one with %q", s.Reason, part)
			}
		}
		wantAnswer(t, on+": the one that waited", held, map[string]string{config.Reject: "503 write_hold", config.Release: "200 "}[on])
		wantAnswer(t, on+": the next one", w.post("/after"), "200 ")
		close(w.slow)
		wantAnswer(t, on+": the old one", old, "200 ")
		if got := strings.Join(w.writes(), ", "); strings.Contains(got, "v2") {
			t.Errorf("got %s, want nothing on v2", got)
		}
	}
}

// TestHoldEndsWithItsStage: an abort and a pause let writes go on at once; resumed, the
// rollout holds them again.
func TestHoldEndsWithItsStage(t *testing.T) {
	w := newWriters(t, minute, Options{})
	w.startAll(t)
	old := w.post("/slow")
	w.arrived(t, "v1 /slow")
	w.startGreen(t)
	w.inForce(t, 0)
	for _, cmd := range []rollout.Command{rollout.Pause, rollout.Abort} {
		held := w.post("/held")
		w.inForce(t, 1)
		if _, err := w.Command(t.Context(), "api", cmd, Meta{}); err != nil {
			t.Fatal(err)
		}
		wantAnswer(t, fmt.Sprint("after ", cmd), held, "200 ")
		wantAnswer(t, fmt.Sprint("one that comes after ", cmd), w.post("/after"), "200 ")
		if cmd == rollout.Pause {
			if _, err := w.Command(t.Context(), "api", rollout.Resume, Meta{}); err != nil {
				t.Fatal(err)
			}
			w.inForce(t, 0)
		}
	}
	close(w.slow)
	wantAnswer(t, "the old one", old, "200 ")
	if got := strings.Join(w.writes(), ", "); strings.Contains(got, "v2") {
		t.Errorf("got %s, want nothing on v2", got)
	}
}

// TestSwitchIsNotMadeBehindItsHold: the store takes longer than the hold lasts. What was
// decided in it must not be done when writes flow again.
func TestSwitchIsNotMadeBehindItsHold(t *testing.T) {
	disk := &slowDisk{Store: state.NewMemory()}
	hold := minute
	hold.Max = 300 * time.Millisecond
	w := newWriters(t, hold, Options{Store: disk})
	w.startAll(t)
	old := w.post("/slow")
	w.arrived(t, "v1 /slow")
	w.startGreen(t)
	w.inForce(t, 0)
	disk.slow.Store(true)
	close(w.slow) // drained: the switch is decided, and kept for three seconds
	wantAnswer(t, "the old one", old, "200 ")
	until(t, func() string {
		if w.gate().State().InForce {
			return "the hold is in force"
		}
		return ""
	})
	wantAnswer(t, "one behind the hold", w.post("/after"), "200 ")
	s := w.comesTo(t, rollout.Aborted)
	if !strings.Contains(s.Reason, "write_hold") {
		t.Errorf("the reason is %q, want write_hold in it", s.Reason)
	}
	if got := strings.Join(w.writes(), ", "); got != "v1 /slow, v1 /after" {
		t.Errorf("got %s, want all on v1", got)
	}
	if got := w.split("api").Weights["v2"]; got != 0 {
		t.Errorf("v2 has weight %v, want 0", got)
	}
}
