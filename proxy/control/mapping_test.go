package control

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health"
	"weir/health/outcome"
	"weir/proxy"
)

// Every value of the file differs here from its default and from its neighbours,
// so that one which is forgotten, swapped or replaced on its way to those who use
// it is seen.
const everyValue = `
listeners: [{name: web, address: "127.0.0.1:8080"}]
clients:
  timeouts: {header: 2100ms, body: 2200ms, send: 2300ms, keepalive: 2400ms}
  limits: {head: 31KiB, headers: 101, target: 7KiB, body: 102, connections: 103, connections_per_ip: 104, requests: 105}
trace: on
upstreams:
  api:
    stable: v1
    versions:
      v1: {weight: 70, endpoints: ["127.0.0.1:3001", {address: "127.0.0.1:3002", weight: 4, max_conns: 12, route: b}]}
      v2: {weight: 20, endpoints: [{address: "127.0.0.1:3003", max_fails: 6, fail_timeout: 21s, slow_start: 22s}, {address: "127.0.0.1:3005", backup: true, state: down}]}
      v3: {weight: 10, endpoints: ["127.0.0.1:3004"]}
    health:
      active: {path: "/well?deep=1", interval: 3s, interval_down: 900ms, jitter: 15%, timeout: 700ms, rise: 4, fall: 5, status: "204,418", mandatory: off}
      passive: {mode: nginx, max_fails: 2, fail_timeout: 23s}
      slow_start: 24s
    max_conns: 11
    queue: {size: 13, timeout: 1700ms}
    affinity: {cookie: {name: r, path: /p, domain: d.test, expires: 1h, http_only: off, secure: on, same_site: strict}}
    sticky: {cookie: u, max_age: 2h, path: /q, domain: e.test}
    pins: [{header: X-Version, value: Next, version: v3, from: [10.0.0.0/8, "::1"]}, {cookie: Preview, value: a, version: v2}]
    keepalive: {idle: 14, requests: 15, time: 1800ms, timeout: 1900ms}
    timeouts: {connect: 1100ms, response: 1200ms, idle: 1300ms, drain: 1400ms, total: 1500ms, tunnel: 1600ms}
    retry: {tries: 5, on: [timeout, invalid_answer, 503], budget: 25%, timeout: 1650ms, try_timeout: 1600ms, non_idempotent: on}
    rollout:
      steps: [{weight: 2%, hold: 7s, until: certified, max_hold: 14s}, {weight: 30%, pause: true, switch_writes: true}, {weight: 100%, hold: 11s}]
      writes: {pinned: true, read_your_writes: 25s, cookie: w}
      on_undecided: revert
      certify: {max_ratio: 3, max_error_rate: 4%, alpha: 0.03}
      blue_green: {approval: true, auto_promote: 15m, progress_deadline: 16m}
      min_requests: 33
      revert: {max_error_rate: 6%, alpha: 0.02, tolerate: 1.5, min_failures: 7, unusable_for: 8s, errors: "429,500-501", mode: stepped,
        latency: on, warm_up: 20s, client_errors: hold, sample_ratio: hold,
        max_error_rate_plain: {rate: 8%, window: 2m, min_requests: 21}, max_latency_plain: {p99: 700ms, window: 3m, min_requests: 22}}
      bake: 9m
      keep_warm: 13m
    buffer: {request: 17KiB}
    expose_version: true
routes: [{upstream: api}]
`

func mapped(t *testing.T, text string) *bench {
	t.Helper()
	cfg, err := config.Parse("weir.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return newBench(t, Options{Config: cfg})
}

var everyRule = rollout.Rules{
	MaxErrorRate: 0.06, Alpha: 0.02, Tolerate: 1.5, MinFailures: 7, UnusableFor: 8 * time.Second,
	ClientErrors: true, SampleRatio: true, Latency: true, WarmUp: 20 * time.Second,
	PlainErrors:  rollout.PlainErrors{Rate: 0.08, Window: 2 * time.Minute, MinRequests: 21},
	PlainLatency: rollout.PlainLatency{Quantile: 0.99, Over: 700 * time.Millisecond, Window: 3 * time.Minute, MinRequests: 22},
}

func TestFileToRollout(t *testing.T) {
	u := mapped(t, everyValue).upstream("api")
	want := rollout.Plan{
		Strategy: "canary", From: "v1", To: "v3",
		Steps: []rollout.PlanStep{
			{Percent: 2, Hold: 7 * time.Second, Certified: true, MaxHold: 14 * time.Second},
			{Percent: 30, Pause: true, SwitchWrites: true}, {Percent: 100, Hold: 11 * time.Second},
		},
		PinWrites:   true,
		MinRequests: 33, Bake: 9 * time.Minute, KeepWarm: 13 * time.Minute, Rules: everyRule, Stepped: true,
		OnUndecided: rollout.UndecidedRevert, Certify: rollout.Certify{MaxRatio: 3, MaxErrorRate: 0.04, Alpha: 0.03},
	}
	if diff := cmp.Diff(want, plan(u.config, canary, "v1", "v3")); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	want = rollout.Plan{
		Strategy: "blue_green", From: "v1", To: "v3",
		Bake: 9 * time.Minute, KeepWarm: 13 * time.Minute, Rules: everyRule, Stepped: true, Certify: rollout.Certify{MaxRatio: 3, MaxErrorRate: 0.04, Alpha: 0.03},
		BlueGreen: &rollout.BlueGreen{Approval: true, AutoPromote: 15 * time.Minute, ProgressDeadline: 16 * time.Minute},
		PinWrites: true,
	}
	if diff := cmp.Diff(want, plan(u.config, blueGreen, "v1", "v3")); diff != "" {
		t.Errorf("plan of blue_green (-want +got):\n%s", diff)
	}
	if len(u.guards) != 2 {
		t.Fatalf("%d guards, want one of v2 and one of v3", len(u.guards))
	}
	for i, g := range u.guards {
		want := rollout.Plan{Strategy: "manual", From: "v1", To: []string{"v2", "v3"}[i], Rules: everyRule, Stepped: true, Guard: true}
		if diff := cmp.Diff(want, g.State.Plan); diff != "" {
			t.Errorf("guard %d (-want +got):\n%s", i, diff)
		}
		if share := []float64{100 * 20.0 / 90, 100 * 10.0 / 80}[i]; g.State.Percent != share {
			t.Errorf("guard %d begins at %v %%, want %v %%", i, g.State.Percent, share)
		}
	}
}

func TestFileToClients(t *testing.T) {
	want := &proxy.Clients{
		HeaderTimeout: 2100 * time.Millisecond, BodyTimeout: 2200 * time.Millisecond,
		SendTimeout: 2300 * time.Millisecond, KeepAliveTimeout: 2400 * time.Millisecond,
		Head: 31 << 10, Headers: 101, Target: 7 << 10, Conns: 103, ConnsPerIP: 104, Requests: 105, Trace: true,
	}
	if diff := cmp.Diff(want, mapped(t, everyValue).current.Load().snapshot.Clients); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}

// TestFileToMaxBody: a route's own bound goes before that of all clients.
func TestFileToMaxBody(t *testing.T) {
	b := mapped(t, strings.Replace(everyValue, "routes: [", "routes: [{path: /a, upstream: api, max_body: 107}, {path: /b, upstream: api, max_body: 0}, ", 1))
	for i, want := range []int64{107, 0, 102} {
		if r := route(&b.Config().Routes[i]); r.MaxBody != want {
			t.Errorf("route %s: max_body %d, want %d", r.Path, r.MaxBody, want)
		}
	}
}

func TestFileToRequests(t *testing.T) {
	p := mapped(t, everyValue).upstream("api").proxied
	want := proxy.Timeouts{Connect: 1100 * time.Millisecond, Response: 1200 * time.Millisecond, Idle: 1300 * time.Millisecond, Total: 1500 * time.Millisecond, Tunnel: 1600 * time.Millisecond}
	if diff := cmp.Diff(want, p.Timeouts); diff != "" {
		t.Errorf("timeouts (-want +got):\n%s", diff)
	}
	on := proxy.RetryOn{Timeout: true, InvalidAnswer: true, Status: outcome.NewStatusSet([2]int{503, 503})}
	if p.Retry.Tries != 5 || p.Retry.On != on {
		t.Errorf("retry = %+v, want 5 tries on timeout, invalid_answer and 503", p.Retry)
	}
	if p.Retry.TryTimeout != 1600*time.Millisecond || p.Retry.Timeout != 1650*time.Millisecond || !p.Retry.NonIdempotent {
		t.Errorf("retry = %+v, want 1.6 s a try, 1.65 s of tries and non-idempotent requests too", p.Retry)
	}
	if errors := outcome.NewStatusSet([2]int{429, 429}, [2]int{500, 501}); p.Errors != errors {
		t.Error("revert.errors are not the statuses that are failures")
	}
	if p.HoldBody != 17<<10 {
		t.Errorf("%d bytes of a body are held, want 17 KiB", p.HoldBody)
	}
	if want := (proxy.Queue{Size: 13, Timeout: 1700 * time.Millisecond}); p.Queue != want {
		t.Errorf("queue = %+v, want %+v", p.Queue, want)
	}
	if !p.ExposeVersion {
		t.Error("expose_version is not there")
	}
	shares := p.Split.Shares()
	for i, w := range []float64{70, 20, 10} {
		v := p.Versions[i]
		if shares[i].Weight != w || shares[i].Candidate != (i > 0) || v.Shielded != (i > 0) || (shares[i].Trip != nil) != (i > 0) {
			t.Errorf("version %s: share %+v, shielded %v", v.Name, shares[i], v.Shielded)
		}
	}
	e := shares[0].Group.Endpoints()
	if len(e) != 2 || e[0].Weight != 1 || e[1].Weight != 4 || e[0].MaxConns != 11 || e[1].MaxConns != 12 || e[1].Address != "127.0.0.1:3002" || p.Versions[0].Endpoints[1].Address != e[1].Address {
		t.Errorf("endpoints of v1 = %+v, want 3001 with weight 1 and 11 in flight and 3002 with 4 and 12", e)
	}
}

// TestFileToFails: what takes an endpoint out is its own or its upstream's; one that is
// alone stays in.
func TestFileToFails(t *testing.T) {
	b := mapped(t, everyValue)
	u := b.upstream("api")
	var got []balancer.FailRule
	for _, v := range u.versions {
		for _, e := range v.endpoints {
			got = append(got, e.fails)
		}
	}
	two := balancer.FailRule{Max: 2, Timeout: 23 * time.Second, Slow: true}
	want := []balancer.FailRule{two, two, {Max: 6, Timeout: 21 * time.Second, Slow: true}, two, {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if p := u.proxied; !p.CountFails || p.InService != 4 {
		t.Errorf("failures counted: %v, %d endpoints in service, want 4 of 5", p.CountFails, p.InService)
	}
	for _, s := range u.proxied.Split.Shares() {
		if !s.Strict {
			t.Errorf("version %s fails open", s.Version)
		}
	}
	spare := u.proxied.Split.Shares()[1].Group.Endpoints()[1]
	if !spare.Backup || spare.Live.Admin() != balancer.Down {
		t.Errorf("%s: backup %v, %v, want a backup that is down", spare.Address, spare.Backup, spare.Live.Admin())
	}
	e := u.version("v2").endpoints[0].live
	for range 6 {
		e.fails.Failed(time.Now())
	}
	if !e.live.Ejected() || e.proxy.Fails != e.fails {
		t.Error("six failures do not take it out, or requests count elsewhere")
	}

	e.live.SetCheck(balancer.CheckUp)
	// Another rule begins anew, and the way back is open at once.
	b.startWriter(t)
	cfg, err := config.Parse("weir.yaml", []byte(strings.Replace(everyValue, "max_fails: 6", "max_fails: 7", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reload(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if e.live.Ejected() || b.upstream("api").version("v2").group.Pick(nil, false) != 0 {
		t.Error("out by a rule that is no longer there")
	}
}

// TestFileToKeepalive: 0 is a bound of connections like any other in the file, and
// the default for endpoints.
func TestFileToKeepalive(t *testing.T) {
	u := mapped(t, everyValue).upstream("api")
	want := proxy.EndpointOptions{IdleTimeout: 1900 * time.Millisecond, MaxIdle: 14, MaxRequests: 15, MaxAge: 1800 * time.Millisecond}
	if got := keeping(&u.config.Keepalive); got != want {
		t.Errorf("keepalive = %+v, want %+v", got, want)
	}
	if got := keeping(&config.Keepalive{}).MaxIdle; got != -1 {
		t.Errorf("idle: 0 keeps %d, want none", got)
	}
}

func TestFileToChecks(t *testing.T) {
	b := mapped(t, everyValue)
	targets := b.targets(b.current.Load())
	if len(targets) != 5 {
		t.Fatalf("%d endpoints are looked after, want 5", len(targets))
	}
	want := health.CheckOptions{Interval: 3 * time.Second, IntervalDown: 900 * time.Millisecond, Jitter: 0.15, Timeout: 700 * time.Millisecond, Rise: 4, Fall: 5, Optional: true}
	for i, target := range targets {
		if target.Check != want || target.Probe == nil || target.Stats == nil {
			t.Errorf("%s: check %+v, probe %v, want %+v and a probe", target.Address, target.Check, target.Probe, want)
		}
		slow := 24 * time.Second
		if i == 2 {
			slow = 22 * time.Second
		}
		if target.Fails == nil || target.SlowStart != slow {
			t.Errorf("%s: counted %v, slow start %v, want %v", target.Address, target.Fails != nil, target.SlowStart, slow)
		}
		if got := target.Candidate(); got != (i > 1) {
			t.Errorf("%s of %s may be ejected with all its version: %v", target.Address, target.Version, got)
		}
	}
}

// TestProbeAsksAsConfigured: the path and the statuses that pass are the file's.
func TestProbeAsksAsConfigured(t *testing.T) {
	answer, asked := 0, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RequestURI()
		w.WriteHeader(answer)
	}))
	defer s.Close()
	active := mapped(t, everyValue).upstream("api").config.Health.Active
	p := newChecks(active, nil).probe(s.Listener.Addr().String(), "", nil)
	for status, passes := range map[int]bool{200: false, 204: true, 301: false, 418: true, 503: false} {
		answer = status
		if err := p.Check(t.Context()); (err == nil) != passes {
			t.Errorf("check answered with %d: %v, want passed: %v", status, err, passes)
		}
		if asked != "/well?deep=1" {
			t.Errorf("the check asked for %q, want /well?deep=1", asked)
		}
	}
}

// tokens is how much a budget gives at once after so many requests.
func tokens(b *outcome.Budget, requests uint64, now time.Time) int {
	n := 0
	for n < 1000 && b.Take(requests, now) {
		n++
	}
	return n
}

func TestFileToBudgets(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]struct{ burst, byRequests, bySeconds int }{
		everyValue: {retryBurst, 25, retryFloor},
		// The floor is there so that few requests can retry, not against the operator's will.
		"{listeners: [{name: web, address: '127.0.0.1:1'}], upstreams: {api: {versions: {v1: {endpoints: ['127.0.0.1:2']}}, retry: {budget: 0%}}}, routes: [{upstream: api}]}": {0, 0, 0},
	} {
		b := mapped(t, text).upstream("api").proxied.Retry.Budget
		burst, byRequests, bySeconds := tokens(b, 0, now), tokens(b, 100, now), tokens(b, 100, now.Add(time.Second))
		if burst != want.burst || byRequests != want.byRequests || bySeconds != want.bySeconds {
			t.Errorf("retries: %d at once, %d by 100 requests, %d by a second, want %+v", burst, byRequests, bySeconds, want)
		}
	}
	// Semantics §5: burst 256, half of the requests, and nothing for mere time.
	b := mapped(t, everyValue).upstream("api").proxied.Live.ShieldBudget
	if burst, byRequests, bySeconds := tokens(b, 0, now), tokens(b, 100, now), tokens(b, 100, now.Add(time.Minute)); burst != 256 || byRequests != 50 || bySeconds != 0 {
		t.Errorf("shield: %d at once, %d by 100 requests, %d by a minute, want 256, 50 and 0", burst, byRequests, bySeconds)
	}
}

func TestGuardOff(t *testing.T) {
	cfg := oneUpstream()
	cfg.Upstreams[0].Guard = false
	b := newBench(t, Options{Config: cfg})
	u := b.upstream("api")
	if len(u.guards) != 0 || u.candidate("v2") || u.proxied.Versions[1].Shielded {
		t.Errorf("guard: off, and still: guards %+v, candidate %v", u.guards, u.candidate("v2"))
	}
	if v, _ := b.Upstream("api"); len(v.Guards) != 0 {
		t.Errorf("the view has the guards %+v", v.Guards)
	}
}
