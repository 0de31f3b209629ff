//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// member is a user with a browser: he visits without a break and remembers which
// versions he was in, and every answer that was not as it should be.
type member struct {
	mu    sync.Mutex
	in    []string // the versions, each stay once
	count int
	bad   []string
	keys  int // cookies that he was given
}

func (m *member) visit(c *http.Client, url string) {
	resp, err := c.Get(url)
	if err != nil {
		m.note("", err.Error(), 0)
		return
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		m.note("", fmt.Sprint(resp.StatusCode, err), 0)
		return
	}
	m.note(resp.Header.Get("X-Weir-Version"), "", len(resp.Header.Values("Set-Cookie")))
}

func (m *member) note(version, bad string, keys int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	m.keys += keys
	if bad != "" {
		m.bad = append(m.bad, bad)
	} else if len(m.in) == 0 || m.in[len(m.in)-1] != version {
		m.in = append(m.in, version)
	}
}

func (m *member) stays() []string { m.mu.Lock(); defer m.mu.Unlock(); return slices.Clone(m.in) }
func (m *member) visits() int     { m.mu.Lock(); defer m.mu.Unlock(); return m.count }

// members is so many users who visit until the test, or end, stops them.
func (w *weir) members(n int) (all []*member, end func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		m := &member{}
		all = append(all, m)
		jar, err := cookiejar.New(nil)
		if err != nil {
			w.t.Fatal(err)
		}
		transport := &http.Transport{}
		w.t.Cleanup(transport.CloseIdleConnections)
		wg.Go(func() {
			c := &http.Client{Jar: jar, Transport: transport, Timeout: patience}
			for {
				m.visit(c, "http://"+w.web+"/")
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	end = sync.OnceFunc(func() { close(stop); wg.Wait() })
	w.t.Cleanup(end)
	return all, end
}

// allVisited waits until everybody has come some times more.
func allVisited(t *testing.T, all []*member) {
	t.Helper()
	before := make([]int, len(all))
	for i, m := range all {
		before[i] = m.visits()
	}
	eventually(t, "everybody comes again", func() bool {
		for i, m := range all {
			if m.visits() < before[i]+3 {
				return false
			}
		}
		return true
	})
}

func inVersion(all []*member, version string) int {
	n := 0
	for _, m := range all {
		if s := m.stays(); s[len(s)-1] == version {
			n++
		}
	}
	return n
}

const stickyRamp = `sticky: {cookie: weir_api}
rollout:
  steps: [{weight: 1%, pause: true}, {weight: 5%, pause: true}, {weight: 25%, pause: true}, {weight: 50%, pause: true}, {weight: 100%}]
  min_requests: 1
  bake: 1s`

// Promise: over a whole ramp under load a user moves once, to the candidate, and sees
// no error; nothing moves him back when the rollout has ended.
func TestUsersMoveOnceInARamp(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: stickyRamp})
	all, end := w.members(60)
	allVisited(t, all)
	w.startRollout("v2")
	for _, share := range []float64{0.01, 0.05, 0.25, 0.5, 1} {
		w.eventually(fmt.Sprint("the share is ", share), func() bool { return w.share("v2") == share })
		allVisited(t, all)
		if n := float64(inVersion(all, "v2")); n < 60*share-16 || n > 60*share+16 {
			t.Errorf("%v of 60 users are in v2 at a share of %v", n, share)
		}
		if share < 1 {
			w.does("rollout", "promote", "api")
		}
	}
	w.rolloutIs("succeeded")
	allVisited(t, all)
	end()
	for i, m := range all {
		if !slices.Equal(m.in, []string{"v1", "v2"}) || m.keys != 1 || len(m.bad) > 0 {
			t.Errorf("user %d was in %v with %d cookies, errors %v; want v1, then v2, and one cookie", i, m.in, m.keys, m.bad)
		}
	}
}

// Promise: a revert sends back those whom the rollout had moved and nobody else, and
// users see nothing of it.
func TestRevertMovesOnlyTheCandidatesUsers(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{
		versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)},
		extra:    "sticky: {cookie: weir_api}\nrollout: {steps: [{weight: 40%, pause: true}, {weight: 100%}], min_requests: 1}",
	})
	all, end := w.members(60)
	allVisited(t, all)
	w.does("rollout", "start", "api", "--to", "v2", "--id", "spring")
	allVisited(t, all)
	moved := make([]bool, len(all))
	for i, m := range all {
		moved[i] = len(m.stays()) == 2
	}
	v2.fails(500)
	w.rolloutIs("reverted")
	allVisited(t, all)
	end()
	back := 0
	for i, m := range all {
		want := []string{"v1"}
		if moved[i] {
			want = []string{"v1", "v2", "v1"}
			back++
		}
		if !slices.Equal(m.in, want) || len(m.bad) > 0 {
			t.Errorf("user %d was in %v, errors %v; want %v", i, m.in, m.bad, want)
		}
	}
	if back < 8 || back > 40 {
		t.Errorf("%d of 60 users were in the candidate at 40 %%", back)
	}
}

// Promise: one client that always fails, and is always in the candidate, does not
// revert it.
func TestBrokenStickyClient(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	for _, b := range []*backend{v1, v2} {
		b.does(func(_ int, r *http.Request) reply {
			if r.Header.Get("X-Broken") != "" {
				return reply{status: 500}
			}
			return reply{}
		})
	}
	w.run(conf{
		versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)},
		extra:    "sticky: {header: X-User-Id}\nrollout: {steps: [{weight: 50%, hold: 10m}, {weight: 100%}], min_requests: 1}",
	})
	w.does("rollout", "start", "api", "--to", "v2", "--id", "spring")
	c := &http.Client{}
	defer c.CloseIdleConnections()
	ask := func(user, broken string) string {
		req, err := http.NewRequest("POST", "http://"+w.web+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-User-Id", user)
		req.Header.Set("X-Broken", broken)
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.Header.Get("X-Weir-Version")
	}
	broken := ""
	for i := 0; broken == ""; i++ {
		if user := fmt.Sprint("broken-", i); ask(user, "") == "v2" {
			broken = user
		}
	}
	for i := range 100 {
		for j := range 6 {
			ask(fmt.Sprint("user-", i, "-", j), "")
		}
		if by := ask(broken, "1"); by != "v2" {
			t.Fatalf("after %d failures the broken client is in %s: rollout %+v", i, by, w.rollout())
		}
	}
	if r := w.rollout(); r.State != "progressing" {
		t.Errorf("rollout %+v, want it to go on", r)
	}
	if m := w.metrics(); !strings.Contains(m, `weir_attempts_total{outcome="error",upstream="api",version="v2"} 100`) ||
		!strings.Contains(m, `weir_split_unkeyed_total{upstream="api"} 0`) {
		t.Error("the metrics do not have all 100 failures, or unkeyed requests")
	}
}

// Promise: testers reach a version that users do not get, from where they may, and
// learn when it is down.
func TestPinsReachAnUnreleasedVersion(t *testing.T) {
	t.Parallel()
	v1, v2, w := newBackend(t), newBackend(t), newWeir(t)
	w.run(conf{
		versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)},
		extra: "pins:\n  - {header: X-Version, value: next, version: v2, from: [127.0.0.0/8]}\n" +
			"  - {cookie: preview, value: 8f14e45fceea167a, version: v2}\n  - {header: X-Inside, value: a, version: v2, from: [10.0.0.0/8]}",
	})
	ask := func(name, value string) (int, string, string) {
		t.Helper()
		req, err := http.NewRequest("GET", "http://"+w.web+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("X-Weir-Version"), resp.Header.Get("X-Weir-Reason")
	}
	for _, tt := range [][3]string{{"X-Version", "next", "v2"}, {"Cookie", "preview=8f14e45fceea167a", "v2"}, {"X-Inside", "a", "v1"}, {"X-Version", "nex", "v1"}, {"", "", "v1"}} {
		if status, by, _ := ask(tt[0], tt[1]); status != 200 || by != tt[2] {
			t.Errorf("%s: %s: %d by %s, want %s", tt[0], tt[1], status, by, tt[2])
		}
	}
	w.does("down", "api", v2.addr)
	if status, _, why := ask("X-Version", "next"); status != 503 || why != "pinned_version" {
		t.Errorf("with v2 down: %d %s, want 503 pinned_version", status, why)
	}
	if status, by, _ := ask("", ""); status != 200 || by != "v1" {
		t.Errorf("everybody else: %d by %s", status, by)
	}
	if out := w.does("check", w.file); strings.Contains(out, "X-Version") || strings.Contains(out, "guess") {
		t.Errorf("check says %q of pins that nobody can guess", out)
	}
	w.writeText(strings.Replace(w.yaml(conf{versions: []version{one("v1", 100, v1.addr), one("v2", 0, v2.addr)}, extra: "pins: [{header: X-Version, value: next, version: v2}]"}), "state: ./state\n", "", 1))
	if out := w.does("check", w.file); !strings.Contains(out, "pins[0].value: next: anybody can guess it") {
		t.Errorf("check says %q, want a warning", out)
	}
}
