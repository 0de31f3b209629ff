package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/cmd/internal/app/show"
	"weir/proxy/admin/api"
)

func TestStatus(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("status")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
state: changes cannot be kept: disk full

api: revision 7, stable v1
rollout r1 (canary) v1 to v2, step 2 of 4, v2 at 10%: progressing: step 2 began
warning: v2 has 10% of the requests and no endpoint that serves: they go elsewhere, or get 503
  VERSION  WEIGHT  SHARE  REQ/S  ERRORS  P99
  v1       90      90%    90.5   0.994%  20.3 ms
  v2       10      10%    -      -       -
  ENDPOINT        VERSION  STATE  HEALTH   IN FLIGHT  WEIGHT
  127.0.0.1:3001  v1       up     up       2          1
  127.0.0.1:3002  v2       up     ejected  0          1
`)
	one, _, _ := f.weir("status", "api", "-o", "json")
	var u api.Upstream
	if err := json.Unmarshal([]byte(one), &u); err != nil || u.Split["v2"].Share != 0.1 {
		t.Errorf("one as JSON: %v in %s", err, one)
	}
	all, _, _ := f.weir("status", "-o", "json")
	var list api.Upstreams
	if err := json.Unmarshal([]byte(all), &list); err != nil || len(list.Upstreams) != 1 {
		t.Errorf("all as JSON: %v in %s", err, all)
	}
}

func TestStatusShowsGuardsAndDrift(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() {
		f.mu.upstream = func(int) api.Upstream {
			u := someUpstream()
			u.Rollout = nil
			u.Guard = &api.Rollout{Strategy: "manual", From: "v1", To: "v2", State: api.RolloutHolding, Reason: "both fail"}
			u.Drift = "the file names v2 as stable"
			u.LastChange = api.Change{At: someTime, Source: api.SourceGuard, Reason: "worse: v3 failed"}
			u.Split = map[string]api.Share{"v1": {Weight: 100, Share: 1}, "v2": {}}
			u.Versions[0].Endpoints[0].State = api.StateDrain
			return u
		}
	})
	stdout, _, _ := f.weir("status", "api")
	for _, want := range []string{"\nguard of v2: holding: both fail\n", "\ndrift: the file names v2 as stable\n", " by guard: worse: v3 failed\n",
		"\nwarning: v1 has 100% of the requests and no endpoint that serves: they get 503\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// TestStatusWatch sees three answers, the second like the first but for numbers
// that change all the time, and wants two lines.
func TestStatusWatch(t *testing.T) {
	f := newFakeAdmin(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.set(func() {
		f.mu.upstream = func(n int) api.Upstream {
			u := someUpstream()
			u.Rollout = nil
			u.Versions[0].Window.Requests += uint64(n)
			if n >= 2 {
				u.Revision = 8
			}
			if n == 3 {
				cancel()
			}
			return u
		}
	})
	var out, errOut bytes.Buffer
	if code := execute(ctx, []string{"status", "api", "--watch", "--admin", f.URL}, &out, &errOut); code != 0 || errOut.Len() > 0 {
		t.Errorf("exit %d, stderr %q, want 0: it was interrupted", code, errOut.String())
	}
	wantOutput(t, out.String(), `
api: revision 7, stable v1, v1=90% v2=10%
api 127.0.0.1:3001 (v1): up
api 127.0.0.1:3002 (v2): ejected
api: revision 8, stable v1, v1=90% v2=10%
`)
}

// TestWatchTellsOfEndpoints that change, come and go; machines get the whole upstream anew.
func TestWatchTellsOfEndpoints(t *testing.T) {
	look := func(state, health, cause string, also ...string) overview {
		u := someUpstream()
		u.Rollout = nil
		u.Versions = u.Versions[:1]
		e := &u.Versions[0].Endpoints[0]
		e.State, e.Health, e.Cause = state, health, cause
		for _, address := range also {
			u.Versions[0].Endpoints = append(u.Versions[0].Endpoints, api.Endpoint{Address: address, State: api.StateUp, Health: api.HealthUp})
		}
		return overview{upstreams: []api.Upstream{u}}
	}
	looks := []overview{
		look("up", "up", ""), look("up", "up", "v1 has weight 0"), look("up", "ejected", "ejected: 5 failures in a row"),
		look("drain", "up", "drain by ann"), look("up", "slow_start", "", "127.0.0.1:3009"), look("up", "slow_start", ""), {},
	}
	for output, want := range map[string]string{
		outputTable: `api: revision 7, stable v1, v1=90%
api 127.0.0.1:3001 (v1): up
api 127.0.0.1:3001 (v1): ejected: 5 failures in a row
api 127.0.0.1:3001 (v1): drain by ann
api 127.0.0.1:3001 (v1): slow_start
api 127.0.0.1:3009 (v1): up
api 127.0.0.1:3009 (v1): gone
api: gone
api 127.0.0.1:3001 (v1): gone
`,
		outputJSON: "up/up ejected/up up/drain slow_start/up slow_start/up ",
	} {
		var out bytes.Buffer
		c := &cli{out: &out, output: output}
		tell := watcher(c, func(io.Writer, overview) error { return errors.New("no terminal") }, overview.tell)
		for _, o := range looks {
			if err := tell(o); err != nil {
				t.Fatal(err)
			}
		}
		got := out.String()
		if output == outputJSON {
			got = ""
			for d := json.NewDecoder(&out); d.More(); {
				var u api.Upstream
				if err := d.Decode(&u); err != nil {
					t.Fatal(err)
				}
				got += u.Versions[0].Endpoints[0].Health + "/" + u.Versions[0].Endpoints[0].State + " "
			}
		}
		wantOutput(t, got, want)
	}
}

// TestColours are a terminal's alone: what is written to it says the same without.
func TestColours(t *testing.T) {
	r := *someRollout(api.RolloutReverted)
	for _, p := range []show.Palette{false, true} {
		var b bytes.Buffer
		u := someUpstream()
		u.Drift = "the file names v2"
		if err := writeOverview(&b, overview{upstreams: []api.Upstream{u}, process: api.Status{State: api.StateStatus{Error: "full"}}}, p); err != nil {
			t.Fatal(err)
		}
		if err := writeRollout(&b, r, p); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{p.Bad("state: changes cannot be kept: full"), p.Bad("ejected"), p.Good("up"), p.Warn("drift: the file names v2"), p.Bad("reverted")} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%q", want, b.String())
			}
		}
		if !bool(p) && strings.Contains(b.String(), "\x1b") {
			t.Errorf("codes without colours: %q", b.String())
		}
	}
}

func TestRolloutStatus(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() { f.mu.rollout = func(int) api.Rollout { return *someRollout(api.RolloutReverted) } })
	stdout, stderr, code := f.weir("rollout", "status", "api")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q: without --watch the question was answered", code, stderr)
	}
	wantOutput(t, stdout, `
rollout:   r1
strategy:  canary
from:      v1
to:        v2
state:     reverted
step:      2 of 4
weight:    10%
reason:    step 2 began
started:   2025-03-04 05:06:07
ended:     2025-03-04 05:07:07
report:    1000 requests, 1 user errors, availability 99.9%, 8 failed attempts, weight 0 after 0.071 s
`)
}

// TestRolloutWatch goes through an outage of the API, and ends as the rollout does.
func TestRolloutWatch(t *testing.T) {
	const (
		first  = "rollout r1 (canary) v1 to v2, step 2 of 4, v2 at 10%: progressing: step 2 began\n"
		second = "rollout r1 (canary) v1 to v2, step 2 of 4, v2 at 10%%: %s: step 2 began\n"
		report = "1000 requests, 1 user errors, availability 99.9%, 8 failed attempts, weight 0 after 0.071 s\n"
	)
	for state, wantCode := range map[string]int{
		api.RolloutSucceeded: 0, api.RolloutReverted: 1, api.RolloutAborted: 1,
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			f := newFakeAdmin(t)
			f.set(func() {
				f.mu.rollout = func(n int) api.Rollout {
					switch n {
					case 0:
						// The next answer is an outage; it ends by itself.
						f.mu.refuse = &api.Problem{Status: 503, Detail: "starting"}
						time.AfterFunc(watchPoll/2, func() { f.set(func() { f.mu.refuse = nil }) })
						return *someRollout(api.RolloutProgressing)
					default:
						return *someRollout(state)
					}
				}
			})
			stdout, stderr, code := f.weir("rollout", "status", "api", "--watch")
			wantErr := ""
			if wantCode != 0 {
				wantErr = "rollout r1 of api was " + state + ": step 2 began\n"
			}
			if code != wantCode || stderr != wantErr {
				t.Errorf("exit %d, stderr %q, want %d, %q", code, stderr, wantCode, wantErr)
			}
			wantOutput(t, stdout, first+strings.ReplaceAll(strings.ReplaceAll(second, "%s", state), "%%", "%")+report)
		})
	}
}

// TestRolloutWatchStopped must not end as a success: somebody waits on it.
func TestRolloutWatchStopped(t *testing.T) {
	f := newFakeAdmin(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.set(func() {
		f.mu.rollout = func(int) api.Rollout {
			cancel()
			return *someRollout(api.RolloutProgressing)
		}
	})
	var out, errOut bytes.Buffer
	if code := execute(ctx, []string{"rollout", "status", "api", "--watch", "--admin", f.URL}, &out, &errOut); code != 1 || errOut.String() != "interrupted\n" {
		t.Errorf("exit %d, stderr %q, want 1 and interrupted", code, errOut.String())
	}
}

func TestRolloutWatchAsJSON(t *testing.T) {
	f := newFakeAdmin(t)
	f.set(func() { f.mu.rollout = func(int) api.Rollout { return *someRollout(api.RolloutSucceeded) } })
	stdout, _, code := f.weir("rollout", "status", "api", "--watch", "-o", "json")
	var r api.Rollout
	if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit %d, %v in %s, want one object in one line", code, err, stdout)
	}
}

func TestHistory(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("rollout", "history", "api")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `
REVISION  AT                   LASTED  SOURCE   AUTHOR              STABLE  SPLIT          REASON
7         2025-03-04 05:06:07  -       rollout  -                   v1      v1=100%        worse: 8 of 10 failed (1000 requests, 1 user errors, availability 99.9%, 8 failed attempts, weight 0 after 0.071 s)
6         2025-03-04 05:06:07  -       api      ann from 192.0.2.1  v1      v1=90% v2=10%  -
`)
	stdout, _, _ = f.weir("rollout", "history", "api", "-o", "json")
	var h api.History
	if err := json.Unmarshal([]byte(stdout), &h); err != nil || len(h.Revisions) != 2 {
		t.Errorf("-o json: %v in %s", err, stdout)
	}
}

// TestWait drains an endpoint whose last request ends after two looks, and brings
// one up that is healthy after two.
func TestWait(t *testing.T) {
	for _, c := range []struct {
		command string
		at      func(n int) api.Endpoint
		code    int
		out     string // of stdout, or of stderr if it is refused
	}{
		{"drain", func(n int) api.Endpoint {
			return api.Endpoint{State: "drain", Health: "up", Inflight: int64(max(2-n, 0))}
		}, 0, "api a:1: state drain, health up, 0 in flight\n"},
		{"up", func(n int) api.Endpoint {
			return api.Endpoint{State: "up", Health: []string{"checking", "checking", "up"}[min(n, 2)]}
		}, 0, "api a:1: state up, health up, 0 in flight\n"},
		{"down", func(n int) api.Endpoint {
			return api.Endpoint{State: []string{"down", "up"}[min(n, 1)], Health: "up", Inflight: 1}
		}, 1, "a:1 is up now, not down: somebody changed it meanwhile\n"},
	} {
		t.Run(c.command, func(t *testing.T) {
			f := newFakeAdmin(t)
			calls := 0 // over both paths: the write's answer is the first
			f.set(func() {
				f.mu.upstream = func(int) api.Upstream {
					e := c.at(calls)
					e.Address = "a:1"
					calls++
					return api.Upstream{Name: "api", Versions: []api.Version{{Name: "v1", Endpoints: []api.Endpoint{e}}}}
				}
			})
			stdout, stderr, code := f.weir(c.command, "api", "a:1", "--wait")
			if code != c.code || stdout+stderr != c.out || (code == 0) != (stderr == "") {
				t.Errorf("exit %d, stdout %q, stderr %q, want %d and %q", code, stdout, stderr, c.code, c.out)
			}
		})
	}
}

func TestStatusReady(t *testing.T) {
	f := newFakeAdmin(t)
	if stdout, stderr, code := f.weir("status", "--ready"); stdout+stderr != "" || code != 0 {
		t.Errorf("ready: %q, %q, exit %d, want nothing and 0", stdout, stderr, code)
	}
	f.mu.refuse = &api.Problem{Status: http.StatusServiceUnavailable, Title: "Service Unavailable", Detail: "not ready"}
	if stdout, stderr, code := f.weir("status", "--ready"); stdout != "" || !strings.Contains(stderr, "not ready") || code != 1 {
		t.Errorf("not ready: %q, %q, exit %d, want the reason and 1", stdout, stderr, code)
	}
}
