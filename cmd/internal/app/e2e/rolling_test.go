//go:build !race

package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/cmd/internal/app/ground"
)

// roll is a rolling rollout whose batches take half a second, and whose deadline is
// over soon.
const roll = `health: {active: {path: /health, interval: 50ms, timeout: 30s, rise: 2, fall: 3}}
timeouts: {drain: 10s}
rollout:
  strategy: rolling
  bake: 1s
  rolling: {max_surge: 1, max_unavailable: 0, min_ready: 200ms, progress_deadline: 3s}
`

// fleetOf runs Weir with n endpoints of each version, each a backend of its own.
func fleetOf(t *testing.T, n int, extra string) (v1, v2 []*backend, w *weir) {
	t.Helper()
	w = newWeir(t)
	from, to := one("v1", 100), one("v2", 0)
	for range n {
		a, b := newBackend(t), newBackend(t)
		for _, x := range []*backend{a, b} {
			x.does(func(int, *http.Request) reply { return reply{delay: 5 * time.Millisecond} })
		}
		v1, v2 = append(v1, a), append(v2, b)
		from.endpoints, to.endpoints = append(from.endpoints, a.addr), append(to.endpoints, b.addr)
	}
	w.run(conf{versions: []version{from, to}, extra: extra})
	return v1, v2, w
}

// census counts, again and again, the endpoints that requests may come to.
type census struct {
	w           *weir
	samples     int
	least, most int
	out         map[string]time.Time // when an endpoint of v1 was first seen to be out
}

// until looks until the rollout is in one of the states, and returns its last answer.
func (c *census) until(t *testing.T, states ...string) rolloutAnswer {
	t.Helper()
	c.least, c.out = 1000, map[string]time.Time{}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		u := c.w.upstream()
		n := c.count(&u)
		// One answer is no moment: what has moved while it was made tells by its revision.
		if again := c.w.upstream(); again.Revision == u.Revision && c.count(&again) == n {
			c.samples++
			c.least = min(c.least, n)
			if again.Rollout != nil && again.Rollout.State == "progressing" { // else v1 is warm beside v2
				c.most = max(c.most, n)
			}
		}
		if r := c.w.rollout(); slices.Contains(states, r.State) {
			return r
		}
	}
	t.Fatalf("no %v: %+v", states, c.w.rollout())
	return rolloutAnswer{}
}

func (c *census) count(u *upstreamAnswer) (n int) {
	for _, v := range u.Versions {
		for _, e := range v.Endpoints {
			if e.State == "up" && e.Health == "up" {
				n++
			}
			if _, seen := c.out[e.Address]; v.Name == "v1" && e.State == "down" && !seen {
				c.out[e.Address] = time.Now()
			}
		}
	}
	return n
}

// Promise: six endpoints are replaced by six others under load without one fewer ever
// serving, without a failure, and none is out before its last answer.
func TestRollingKeepsCapacity(t *testing.T) {
	t.Parallel()
	v1, v2, w := fleetOf(t, 6, roll)
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 4, prefix: "roll", most: 200})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 150 })
	w.startRollout("v2")
	c := census{w: w}
	c.until(t, "baking", "reverted", "aborted")
	r := w.rolloutIs("succeeded")
	shots := l.end()
	noFailures(t, shots)
	postsOnce(t, shots, slices.Concat(v1, v2)...)
	if c.least < 6 || c.most > 7 || c.samples < 50 {
		t.Errorf("%d to %d endpoints served in %d samples, want 6 or 7", c.least, c.most, c.samples)
	}
	t.Logf("%d to %d endpoints served in %d samples; %d requests; %s", c.least, c.most, c.samples, len(shots), r.Reason)
	if len(c.out) < 5 { // the last one is warm again at once
		t.Errorf("seen to be out: %v", c.out)
	}
	for _, b := range v1 {
		out, seen := c.out[b.addr]
		for _, got := range b.received() {
			if got.status != 200 || seen && got.done.After(out) {
				t.Errorf("%s of v1 was out at %s and answered %+v", b.addr, out.Format("05.000"), got)
			}
		}
	}
	if r.Report == nil || r.Report.UserErrors != 0 || r.Report.FailedAttempts != 0 {
		t.Errorf("report %+v", r.Report)
	}
}

// Promise: one replacement that never gets healthy ends the rollout by its deadline.
// Capacity was never lost by it, nobody saw it, and everything is as it was.
func TestRollingDeadline(t *testing.T) {
	t.Parallel()
	_, v2, w := fleetOf(t, 6, roll)
	v2[3].sick.Store(true)
	eventually(t, "the sick one is known", func() bool { return w.endpoint(v2[3].addr).Health == "down" })
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 4, prefix: "late", most: 200})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 150 })
	w.startRollout("v2")
	c := census{w: w}
	r := c.until(t, "reverted", "aborted", "succeeded")
	eventually(t, "v1 has it all", func() bool { return w.share("v1") == 1 })
	l.goesOn(t, 60)
	noFailures(t, l.end())
	if r.State != "reverted" || !strings.Contains(r.Reason, "deadline") || !strings.Contains(r.Reason, v2[3].addr) {
		t.Errorf("%s: %s", r.State, r.Reason)
	}
	if c.least < 6 || c.samples < 50 {
		t.Errorf("%d endpoints served at the least in %d samples, want 6", c.least, c.samples)
	}
	for _, e := range w.upstream().Versions[0].Endpoints {
		if e.State != "up" || e.Health != "up" {
			t.Errorf("%+v of v1 after it", e)
		}
	}
	if n := v2[3].count(); n > 0 {
		t.Errorf("the sick one got %d requests", n)
	}
}

// Promise: a rollout that is killed in a batch goes on in it, and one that is aborted in
// the middle is back at once.
func TestRollingSurvivesKill(t *testing.T) {
	t.Parallel()
	_, _, w := fleetOf(t, 3, roll)
	w.startRollout("v2")
	for batch := 1; batch <= 3; batch++ {
		w.eventually("a batch", func() bool { r := w.rollout(); return r.Step >= batch || r.State != "progressing" })
		w.kill()
		w.start()
		if r := w.rollout(); r.Step < batch || r.State != "progressing" && r.State != "baking" {
			t.Fatalf("killed in batch %d: %+v", batch, r)
		}
	}
	if r := w.rolloutIs("succeeded"); w.upstream().Stable != "v2" {
		t.Errorf("%+v", r)
	}
	w.must("POST", "/v1/upstreams/api/rollout", `{"to":"v1"}`, nil)
	w.eventually("the second batch", func() bool { return w.rollout().Step >= 2 })
	l := startLoad(t, loadOptions{addr: w.web, rate: 200, prefix: "back", most: 100})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 20 })
	w.must("POST", "/v1/upstreams/api/rollout/abort", "", nil)
	at := time.Now()
	if u := w.upstream(); u.Split["v2"].Share != 1 || w.rollout().State != "aborted" {
		t.Errorf("after the abort: %+v, %+v", u.Split, w.rollout())
	}
	l.goesOn(t, 60)
	shots := l.end()
	noFailures(t, shots)
	for _, s := range shots {
		if s.sent.After(at) && s.version != "v2" {
			t.Errorf("after the abort: %v", s)
			break
		}
	}
}

// restarter is a hook that restarts real processes at their own address.
type restarter struct {
	t    *testing.T
	mu   sync.Mutex
	runs map[string]*process
	told []string
}

func (r *restarter) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var q struct{ Gate, Version, Endpoint, From, To string }
	if err := json.NewDecoder(req.Body).Decode(&q); err != nil || req.Header.Get("Idempotency-Key") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	was := r.runs[q.Endpoint]
	r.told = append(r.told, q.Gate+" "+q.Version+" "+q.From+">"+q.To)
	r.mu.Unlock()
	was.kill()
	p := newProcess(r.t, q.Endpoint)
	r.mu.Lock()
	r.runs[q.Endpoint] = p
	r.mu.Unlock()
	time.AfterFunc(300*time.Millisecond, func() { p.passes(r.t) })
}

// Promise: three processes are restarted at their own addresses by a hook, one at a
// time, under load and without a failure, and so they are on the way back from an abort
// in the middle; none gets a request before it has passed its checks anew.
func TestRollingInPlace(t *testing.T) {
	t.Parallel()
	r := &restarter{t: t, runs: map[string]*process{}}
	hook := httptest.NewServer(r)
	t.Cleanup(hook.Close)
	var at []string
	for range 3 {
		addr := ground.FreeAddr(t)
		r.runs[addr] = newProcess(t, addr)
		r.runs[addr].passes(t)
		at = append(at, addr)
	}
	w := newWeir(t)
	w.run(conf{versions: []version{one("v1", 100, at...), one("v2", 0, at...)}, extra: `health: {active: {path: /health, interval: 250ms, timeout: 30s, rise: 2}}
rollout:
  strategy: rolling
  bake: 500ms
  rolling:
    max_surge: 0
    max_unavailable: 1
    min_ready: 100ms
    progress_deadline: 20s
    start: {http: {url: "` + hook.URL + `"}}
`})
	l := startLoad(t, loadOptions{addr: w.web, rate: 300, postEvery: 4, prefix: "place", most: 200})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 150 })
	c := census{w: w}
	w.startRollout("v2")
	w.eventually("the second batch", func() bool { return w.rollout().Step == 2 })
	w.must("POST", "/v1/upstreams/api/rollout/abort", "", nil)
	back := c.until(t, "aborted")
	if u := w.upstream(); u.Split["v1"].Share != 1 || c.least < 2 {
		t.Errorf("after the abort: %+v, %d served at the least; %s", u.Split, c.least, back.Reason)
	}
	r.mu.Lock()
	gone := slices.Index(r.told, "start v1 v2>v1")
	if n := len(r.told); gone < 1 || n != 2*gone {
		t.Errorf("hooks of a rollout there and back: %v", r.told)
	}
	r.told = nil
	r.mu.Unlock()
	w.startRollout("v2")
	c.until(t, "baking", "reverted", "aborted")
	w.rolloutIs("succeeded")
	l.goesOn(t, 60)
	noFailures(t, l.end())
	if c.least < 2 {
		t.Errorf("%d served at the least, want 2", c.least)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if want := []string{"start v2 v1>v2", "start v2 v1>v2", "start v2 v1>v2"}; !slices.Equal(r.told, want) {
		t.Errorf("hooks: %v", r.told)
	}
	for addr, p := range r.runs {
		lines := p.seen()
		first := slices.Index(lines, seenRequest)
		passes := 0
		for _, s := range lines[:max(first, 0)] {
			if s == seenPass {
				passes++
			}
		}
		if first < 0 || passes < 2 {
			t.Errorf("%s got its first request after %d passed checks: %v", addr, passes, lines[:max(first+1, 0)])
		}
	}
}
