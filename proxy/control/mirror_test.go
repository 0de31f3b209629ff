package control

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

// mirrorConfig is upstream api whose rollouts mirror a fifth before v2 gets anything.
func mirrorConfig() *config.Config {
	u := upstreamConfig("api", ver{"v1", 100, 1}, ver{"v2", 0, 1})
	step := config.Step{Mirror: 20, MaxMismatch: 0.02, Hold: time.Minute, Pause: true}
	u.Rollout.Steps = slices.Insert(u.Rollout.Steps, 0, step)
	u.Rollout.BlueGreen.Mirror, u.Rollout.BlueGreen.MinUsable = &config.Step{Mirror: 5, MaxMismatch: 0.01, Hold: 2 * time.Second}, 1
	u.Rollout.Mirror = config.Mirror{
		Headers: []string{"x-a"}, Ignore: []string{"/b"}, Body: true, MaxBody: 7, Queue: 8, Concurrency: 9, Timeout: time.Second,
	}
	return fileConfig(u)
}

// senders is who is asked to send copies: the queues that somebody sends, now.
type senders struct {
	mu  sync.Mutex
	now []*proxy.MirrorQueue
}

func (s *senders) send(ctx context.Context, q *proxy.MirrorQueue) {
	s.mu.Lock()
	s.now = append(s.now, q)
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = slices.DeleteFunc(s.now, func(known *proxy.MirrorQueue) bool { return known == q })
}

// want checks that what requests see of the mirror is sent by somebody, and nothing
// else is.
func (s *senders) want(t *testing.T, b *bench, share float64) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := b.upstream("api").proxied.Mirror
	switch {
	case share == 0 && (m != nil || len(s.now) > 0):
		t.Errorf("mirrors %+v, with %d queues; want nothing", m, len(s.now))
	case share > 0 && (m == nil || m.Share != share || len(s.now) != 1 || s.now[0] != m.Queue):
		t.Errorf("mirrors %+v, with %d queues; want a share of %v with its own", m, len(s.now), share)
	}
}

func TestMirrorFollowsTheRollout(t *testing.T) {
	for name, end := range map[string]rollout.Command{"promoted": rollout.Promote, "aborted": rollout.Abort} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s senders
				b := newBench(t, Options{Config: mirrorConfig(), Mirror: s.send})
				b.startAll(t)
				s.want(t, b, 0)
				u, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
				if err != nil || u.Revision != 1 {
					t.Fatalf("start: revision %d, %v: want nothing moved", u.Revision, err)
				}
				s.want(t, b, 0.2)
				m := b.upstream("api").proxied.Mirror
				want := &proxy.Mirror{Version: 1, Share: 0.2, Headers: []string{"x-a"}, Ignore: []string{"/b"}, Body: true, MaxBody: 7, Timeout: time.Second}
				if diff := cmp.Diff(want, m, cmp.FilterPath(func(p cmp.Path) bool {
					return p.String() == "Queue" || p.String() == "Stats" || p.String() == "sample"
				}, cmp.Ignore())); diff != "" {
					t.Error(diff)
				}
				time.Sleep(2 * time.Minute)
				s.want(t, b, 0.2) // it pauses there
				if _, err := b.Command(t.Context(), "api", end, Meta{}); err != nil {
					t.Fatal(err)
				}
				s.want(t, b, 0)
			})
		})
	}
}

// TestMirrorOverReloads: what is compared changes at once; only another queue is
// another one.
func TestMirrorOverReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s senders
		b := newBench(t, Options{Config: mirrorConfig(), Mirror: s.send})
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		s.want(t, b, 0.2)
		first := b.upstream("api").proxied.Mirror.Queue
		cfg := mirrorConfig()
		cfg.Upstreams[0].Rollout.Mirror.MaxBody = 70
		if _, err := b.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		s.want(t, b, 0.2)
		if m := b.upstream("api").proxied.Mirror; m.MaxBody != 70 || m.Queue != first {
			t.Errorf("after a reload: %+v, want the same queue", m)
		}
		cfg = mirrorConfig()
		cfg.Upstreams[0].Rollout.Mirror.Queue = 80
		if _, err := b.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		s.want(t, b, 0.2)
		if m := b.upstream("api").proxied.Mirror; m.Queue == first {
			t.Error("another queue: the same is used")
		}
	})
}

// TestMirrorOverARestart: a rollout goes on mirroring where it was.
func TestMirrorOverARestart(t *testing.T) {
	store := state.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		var s senders
		b := newBench(t, Options{Config: mirrorConfig(), Store: store, Mirror: s.send})
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		s.want(t, b, 0.2)
	})
	synctest.Test(t, func(t *testing.T) {
		var s senders
		b := newBench(t, Options{Config: mirrorConfig(), Store: store, Mirror: s.send})
		if m := b.upstream("api").proxied.Mirror; m == nil || m.Share != 0.2 {
			t.Errorf("before anything runs: %+v", m)
		}
		b.startAll(t)
		s.want(t, b, 0.2)
	})
}

// TestMirrorOfBlueGreen begins when the candidate is ready, and ends with the switch.
func TestMirrorOfBlueGreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s senders
		cfg := mirrorConfig()
		cfg.Upstreams[0].Rollout.MinRequests = 0
		b := newBench(t, Options{Config: cfg, Mirror: s.send})
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: "blue_green"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		s.want(t, b, 0.05)
		time.Sleep(5 * time.Second)
		s.want(t, b, 0)
		if got := b.split("api").Weights["v2"]; got != 100 {
			t.Errorf("v2 has %v, want everything", got)
		}
	})
}

func TestFileToMirror(t *testing.T) {
	u := newBench(t, Options{Config: mirrorConfig()}).upstream("api")
	want := rollout.PlanStep{Mirror: 20, MaxMismatch: 0.02, Hold: time.Minute, Pause: true}
	if diff := cmp.Diff(want, plan(u.config, canary, "v1", "v2").Steps[0]); diff != "" {
		t.Errorf("canary: %s", diff)
	}
	p := plan(u.config, blueGreen, "v1", "v2")
	if diff := cmp.Diff([]rollout.PlanStep{{Mirror: 5, MaxMismatch: 0.01, Hold: 2 * time.Second}}, p.Steps); diff != "" || p.MinRequests != 20 {
		t.Errorf("blue_green: %d, %s", p.MinRequests, diff)
	}
}
