package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

func TestExplainUpstream(t *testing.T) {
	ratio, least := 30.0, 3.25
	since, later := someTime, someTime.Add(time.Hour)
	reverted := someRollout(api.RolloutReverted)
	reverted.Reason = "worse: v2 failed 8 of 10"
	reverted.Report.Numbers = &api.Numbers{
		Candidate: api.Attempts{Requests: 10, Failures: 8}, Stable: api.Attempts{Requests: 600},
		Ratio: &ratio, From: &least, Worse: 412, Alpha: 0.01,
	}
	ejected := func(u *api.Upstream) {
		e := &u.Versions[1].Endpoints[0]
		e.Cause, e.Since, e.Until = "ejected: 5 failures in a row, for at least 10.4s", &since, &later
	}
	for _, tt := range []struct {
		name    string
		change  func(*api.Upstream)
		rollout *api.Rollout
		want    string
	}{
		{"a rollout runs", func(u *api.Upstream) {
			ejected(u)
			u.Users = api.Window{Seconds: 10, Requests: 1000, Errors: 1, ErrorRate: 0.001}
			u.LastChange = api.Change{At: someTime, Source: "rollout", Author: "ann", Reason: "step 2 of 4: v2 at 10%"}
		}, &api.Rollout{
			ID: "r1", Strategy: "canary", From: "v1", To: "v2", State: api.RolloutHolding, Step: 2, Steps: 4, Weight: 10,
			Reason: "holding: unusable: v2 has no usable endpoint", WaitsFor: "v2 to have a usable endpoint",
			Gates:    []api.Gate{{Name: "boss", At: "before_step", Step: 3, State: api.GateAsking, Approval: true}, {Name: "smoke", State: api.GatePassed}},
			Evidence: &api.Evidence{Combined: 12.345, Threshold: 100, Alpha: 0.01, MinFailures: 3, Candidate: api.Attempts{Requests: 40, Failures: 2}, Stable: api.Attempts{Requests: 400, Failures: 1}},
		}, `
api serves v1=90% v2=10% since 2025-03-04 05:06:07, by rollout (ann): step 2 of 4: v2 at 10%; stable is v1.
Users made 1000 requests in the last 10 s, and 1 of them failed (0.1%).
Nothing of v2 can serve: v2 has 10% of the requests and no endpoint that serves: they go elsewhere, or get 503.
Rollout r1 (canary) from v1 to v2 is holding at step 2 of 4, with v2 at 10%: unusable: v2 has no usable endpoint.
It waits for v2 to have a usable endpoint.
Gate boss (before_step 3) is asking.
To answer it: 'weir rollout approve api boss', with --reject to say no.
Of its first attempts v2 failed 2 of 40 (5%), v1 1 of 400 (0.25%); the evidence that v2 is worse is 12.35, and 100 reverts it (alpha 0.01).
Fewer than 3 failures revert nothing.
What can be done: weir rollout resume|promote|abort api.
127.0.0.1:3002 (v2) gets no requests since 2025-03-04 05:06:07: ejected: 5 failures in a row, for at least 10.4s.
Changes cannot be kept: disk full.
`},
		{"the last was reverted", func(u *api.Upstream) {
			u.Rollout = nil
			u.Split = map[string]api.Share{"v1": {Weight: 100, Share: 1}, "v2": {}}
			u.LastChange = api.Change{At: someTime, Source: "rollout", Reason: "worse: v2 failed 8 of 10"}
			u.Versions[1].Endpoints[0] = api.Endpoint{Address: "127.0.0.1:3002", State: "up", Health: "up", Cause: "v2 has weight 0"}
			u.Drift = "the file names v2 as stable"
			u.WayBack = &api.WayBack{Revision: 3, Stable: "v0", Refused: "schema 42 is not v0's"}
		}, reverted, `
api serves v1=100% since 2025-03-04 05:06:07, by rollout; stable is v1.
The last rollout, r1 from v1 to v2, was reverted at 2025-03-04 05:07:07: worse: v2 failed 8 of 10.
Of its first attempts v2 failed 8 of 10 (80%), v1 0 of 600 (0%): 30 times as often, at least 3.25; the evidence that it is worse was 412, and 100 reverts.
Its users: 1000 requests, 1 user errors, availability 99.9%, 8 failed attempts, weight 0 after 0.071 s.
The file disagrees with what serves: the file names v2 as stable.
There is no way back to revision 3 (v0): schema 42 is not v0's.
Changes cannot be kept: disk full.
`},
		{"a guard, writes and a schema", func(u *api.Upstream) {
			u.Rollout = nil
			u.Guard = &api.Rollout{Strategy: "manual", From: "v1", To: "v2", State: "holding", Reason: "holding: unusable: v2 has no usable endpoint"}
			u.Versions[1].Endpoints[0] = api.Endpoint{Address: "127.0.0.1:3002", State: "up", Health: "slow_start", Since: &since}
			u.Writes.ReadOnly = api.ReadOnly{On: true, Source: "api", Author: "ann", Reason: "the database moves"}
			u.Schema = &api.Schema{Source: "http://db/version", Error: "no answer"}
			u.Versions[0].Names = []api.Name{{Name: "db.test", Error: "no such name"}}
		}, nil, `
api serves v1=90% v2=10%; stable is v1.
No rollout gave v2 its share, so it is guarded: v2 is holding: unusable: v2 has no usable endpoint.
Name db.test of v1: no such name.
127.0.0.1:3002 (v2) is in its slow start since 2025-03-04 05:06:07: its share grows.
Writes are refused, by api (ann): the database moves; 'weir read-only api off' ends that.
The schema of the database is not known from http://db/version: no answer.
Changes cannot be kept: disk full.
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeAdmin(t)
			f.set(func() {
				f.mu.upstream = func(int) api.Upstream { u := someUpstream(); tt.change(&u); return u }
				if tt.rollout == nil {
					f.mu.missing = "/v1/upstreams/api/rollout"
				} else {
					f.mu.rollout = func(int) api.Rollout { return *tt.rollout }
				}
			})
			stdout, stderr, code := f.weir("explain", "api")
			if code != 0 || stderr != "" {
				t.Errorf("exit %d, stderr %q", code, stderr)
			}
			wantOutput(t, stdout, tt.want)
		})
	}
}

func TestExplainEndpoint(t *testing.T) {
	since, later := someTime, time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name     string
		endpoint api.Endpoint
		want     string
	}{
		{"used", api.Endpoint{State: "up", Health: "up", Since: &since, Inflight: 2, Weight: 1}, `
a:1 (v1) is used: state up, health up since 2025-03-04 05:06:07.
v1 has 90% of the requests; 1 of its 1 endpoint can serve, and this one has weight 1 and 2 in flight.
`},
		{"drained", api.Endpoint{State: "drain", Health: "up", Since: &since, Weight: 1, Cause: "drain by ann: new disk"}, `
a:1 (v1) gets no requests since 2025-03-04 05:06:07: drain by ann: new disk.
v1 has 90% of the requests; 0 of its 1 endpoint can serve, and this one has weight 1 and 0 in flight.
'weir up api a:1' brings it back, unless a rolling rollout has taken it out.
`},
		{"ejected", api.Endpoint{State: "up", Health: "ejected", Weight: 1, Until: &later, Cause: "ejected: 5 failures in a row, for at least 10s"}, `
a:1 (v1) gets no requests: ejected: 5 failures in a row, for at least 10s.
v1 has 90% of the requests; 0 of its 1 endpoint can serve, and this one has weight 1 and 0 in flight.
It comes back by itself, at ` + clock(later) + ` or later.
`},
		{"down", api.Endpoint{State: "up", Health: "down", Weight: 1, Cause: "its checks fail: status 503"}, `
a:1 (v1) gets no requests: its checks fail: status 503.
v1 has 90% of the requests; 0 of its 1 endpoint can serve, and this one has weight 1 and 0 in flight.
It comes back by itself.
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeAdmin(t)
			tt.endpoint.Address = "a:1"
			f.set(func() {
				f.mu.upstream = func(int) api.Upstream {
					u := someUpstream()
					u.Versions = []api.Version{{Name: "v1", Endpoints: []api.Endpoint{tt.endpoint}}}
					return u
				}
			})
			stdout, stderr, code := f.weir("explain", "api", "a:1")
			if code != 0 || stderr != "" {
				t.Errorf("exit %d, stderr %q", code, stderr)
			}
			wantOutput(t, stdout, tt.want)
		})
	}
	f := newFakeAdmin(t)
	_, stderr, code := f.weir("explain", "api", "127.0.0.1:3020")
	if want := "upstream api: endpoint 127.0.0.1:3020 does not exist; there are 127.0.0.1:3001, 127.0.0.1:3002; did you mean 127.0.0.1:3002?\n"; code != 1 || stderr != want {
		t.Errorf("no such endpoint: exit %d, stderr %q, want 1 and %q", code, stderr, want)
	}
	var x explanation
	stdout, _, _ := f.weir("explain", "api", "-o", "json")
	if err := json.Unmarshal([]byte(stdout), &x); err != nil || x.Upstream != "api" || len(x.Sentences) == 0 {
		t.Errorf("-o json: %v in %s", err, stdout)
	}
	f.set(func() { f.mu.refuse = &api.Problem{Status: http.StatusNotFound, Detail: "upstream ap does not exist"} })
	if _, stderr, code := f.weir("explain", "ap"); code != 1 || !strings.Contains(stderr, "does not exist") {
		t.Errorf("no such upstream: exit %d, %q", code, stderr)
	}
}
