package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The worker pool of a data plane's engine looks every ten seconds whether it was stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// ver is a version of a test configuration.
type ver struct {
	name      string
	weight    float64
	endpoints int
}

// upstreamConfig is an upstream with its defaults; its stable is the first version.
func upstreamConfig(name string, versions ...ver) config.Upstream {
	u := config.Upstream{
		Name:     name,
		Stable:   versions[0].name,
		Balance:  config.Balance{Algorithm: "round_robin"},
		Guard:    true,
		Timeouts: config.Timeouts{Connect: 2 * time.Second, Response: 30 * time.Second, Idle: time.Minute, Tunnel: time.Hour, Drain: 30 * time.Second},
		Retry:    config.Retry{Tries: 2, On: []string{"connect", "timeout", "reset", "502", "503", "504"}, Budget: 0.2},
		Rollout: config.Rollout{
			Strategy:    "canary",
			Steps:       []config.Step{{Percent: 10, Hold: time.Second}, {Percent: 50, Hold: time.Second}, {Percent: 100}},
			MinRequests: 20,
			Revert: config.Revert{
				MaxErrorRate: 0.05, Alpha: 0.01, Tolerate: 1.25, MinFailures: 3, UnusableFor: 5 * time.Second,
				Errors: []config.StatusRange{{From: 500, To: 599}}, Mode: "instant",
			},
			Bake: 5 * time.Minute, KeepWarm: 30 * time.Minute,
		},
	}
	for i, v := range versions {
		cv := config.Version{Name: v.name, Weight: v.weight}
		for e := range v.endpoints {
			cv.Endpoints = append(cv.Endpoints, config.Endpoint{Address: fmt.Sprintf("127.0.%d.%d:%d", i, e>>12, 3000+e&0xfff), Weight: 1})
		}
		u.Versions = append(u.Versions, cv)
	}
	return u
}

func fileConfig(upstreams ...config.Upstream) *config.Config {
	c := &config.Config{
		File:      "weir.yaml",
		Listeners: []config.Listener{{Name: "web", Address: "127.0.0.1:8080"}},
		Admin:     config.Admin{Address: "127.0.0.1:9900"},
		Upstreams: upstreams,
	}
	for _, u := range upstreams {
		c.Routes = append(c.Routes, config.Route{Host: "*", Path: "/" + u.Name, Upstream: u.Name})
	}
	return c
}

// oneUpstream is a file with upstream api of two versions at 90 to 10.
func oneUpstream() *config.Config {
	return fileConfig(upstreamConfig("api", ver{"v1", 90, 2}, ver{"v2", 10, 2}))
}

// bench is a Control under test, what it has published and what it has emitted.
type bench struct {
	*Control
	mu        sync.Mutex
	snapshots []*proxy.Snapshot
	events    []Event // since emitted was asked
	each      func()  // called with each snapshot, on the writer; nil: nothing
}

func newBench(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{}
	o.Publish, o.Emit = b.note, b.hear
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Control = c
	return b
}

func (b *bench) note(s *proxy.Snapshot) {
	if b.each != nil {
		b.each()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshots = append(b.snapshots, s)
}

func (b *bench) hear(ev Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, ev)
}

// emitted are the events since it was last asked.
func (b *bench) emitted() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.events
	b.events = nil
	return out
}

// published is how many snapshots there were, and the last one.
func (b *bench) published() (int, *proxy.Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.snapshots), b.snapshots[len(b.snapshots)-1]
}

// startWriter runs the writer alone: no engine acts on its own.
func (b *bench) startWriter(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.running = ctx
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.write(ctx)
		close(b.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		b.loops.Wait()
	})
}

// startAll runs everything.
func (b *bench) startAll(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (b *bench) upstream(name string) *upstream { return b.current.Load().upstreams[name] }

func (b *bench) host(name string) *host {
	return &host{control: b.Control, name: name, live: b.upstream(name).live}
}

func (b *bench) split(name string) split { return b.upstream(name).record.Split }

// startRollout begins a rollout of api as an engine would, without one.
func (b *bench) startRollout(t *testing.T, to string) rollout.State {
	t.Helper()
	u := b.upstream("api")
	p := plan(u.config, canary, u.record.Split.Stable, to)
	s, a := rollout.New("r-"+to, p, u.record.Split.percentOf(p.From, to), time.Now())
	_, err := b.host("api").Commit(t.Context(), rollout.Change{
		Base: u.record.Revision, State: s, Move: a.Move, Percent: a.Percent, Start: true, Source: "rollout", Reason: a.Reason,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantKind(t *testing.T, err error, want Kind) {
	t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok || r.Kind != want {
		t.Errorf("error = %v, want a refusal of kind %d", err, want)
	}
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error = %v, want one with %q", err, p)
		}
	}
}

func kept(t *testing.T, s state.Store) map[string]*record {
	t.Helper()
	held, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*record{}
	for k, v := range held {
		if !strings.HasPrefix(k, "upstream/") {
			continue
		}
		r, err := decodeRecord(v)
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		out[strings.TrimPrefix(k, "upstream/")] = r
	}
	return out
}
