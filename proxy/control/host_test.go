package control

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
)

func TestObserve(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream()})
	u := b.upstream("api")
	v1, v2 := u.version("v1"), u.version("v2")
	for i := range 10 {
		v1.live.stats.First(i, outcome.OK)
		v2.live.stats.First(i, outcome.Error)
	}
	v1.live.stats.First(0, outcome.Timeout)
	v1.live.stats.ClientError(0)
	v1.live.stats.FirstByte(0, true, time.Second)
	v2.live.stats.FirstByte(0, true, time.Minute)
	v2.live.stats.FirstByte(0, false, time.Minute) // a retry's is no evidence
	v2.endpoints[1].live.stats.Slow(2)
	v1.endpoints[0].live.live.Begin()
	v1.live.stats.First(0, outcome.Canceled)
	v1.live.stats.Later(0, outcome.Reset)
	v2.endpoints[1].live.stats.Record(outcome.Error, true)
	v2.endpoints[1].live.stats.Record(outcome.Error, false)
	v2.endpoints[0].live.live.SetEjected(true)
	v2.live.shield.Retries.Add(9)
	v2.live.shield.OK.Add(8)
	u.shared.Users.Done(0, 200, false, 0)
	u.shared.Users.Done(0, 502, false, 0)

	want := rollout.Observation{
		Stable:          rollout.Counts{Requests: 11, Failures: 1, ClientErrors: 1},
		Candidate:       rollout.Counts{Requests: 10, Failures: 10},
		StableUsable:    2,
		CandidateUsable: 1,
		Endpoints: []rollout.EndpointCount{
			{Address: v2.endpoints[0].address},
			{Address: v2.endpoints[1].address, Counts: rollout.Counts{Requests: 1, Failures: 1}, Slow: [3]uint64{1, 1, 0}},
		},
		StableLatency: &rollout.Latency{}, CandidateLatency: &rollout.Latency{},
		Bounds:  [3]uint8{1, 2, 3},
		Sent:    rollout.Sent{Stable: 13, Candidate: 10}, // an endpoint is ejected: not as set
		Retries: 9, RetriesOK: 8,
		StableHealthy: true,
		Users:         2, UserErrors: 1, FailedAttempts: 12,
	}
	want.StableLatency.Add(time.Second)
	want.CandidateLatency.Add(time.Minute)
	got := rollout.Observation{Bounds: want.Bounds}
	h := b.host("api")
	for range 2 { // nothing adds up over calls
		got.Endpoints = got.Endpoints[:0]
		h.Observe("v2", &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("observation (-want +got):\n%s", diff)
		}
	}
}

func TestStableHealthy(t *testing.T) {
	tests := []struct {
		name    string
		checked bool
		spoil   func(*balancer.Live)
		want    bool
	}{
		{"unchecked and usable", false, func(*balancer.Live) {}, true},
		{"unchecked and ejected", false, func(l *balancer.Live) { l.SetEjected(true) }, false},
		{"passing", true, func(l *balancer.Live) { l.SetCheck(balancer.CheckUp) }, true},
		{"passing and ejected", true, func(l *balancer.Live) { l.SetCheck(balancer.CheckUp); l.SetEjected(true) }, true},
		{"not checked yet", true, func(*balancer.Live) {}, false},
		{"failing", true, func(l *balancer.Live) { l.SetCheck(balancer.CheckDown) }, false},
		{"passing and drained", true, func(l *balancer.Live) { l.SetCheck(balancer.CheckUp); l.SetAdmin(balancer.Drain) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := oneUpstream()
			if tt.checked {
				cfg.Upstreams[0].Health.Active = &config.ActiveCheck{Path: "/", Mandatory: true}
			}
			b := newBench(t, Options{Config: cfg})
			for _, e := range b.upstream("api").version("v1").endpoints {
				tt.spoil(e.live.live)
			}
			var o rollout.Observation
			b.host("api").Observe("v2", &o)
			if o.StableHealthy != tt.want {
				t.Errorf("StableHealthy = %v, want %v", o.StableHealthy, tt.want)
			}
		})
	}
}

// TestHostOfARemovedUpstream: an engine that is about to end cannot touch an
// upstream that has come back under the name.
func TestHostOfARemovedUpstream(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 90, 1}, ver{"v2", 10, 1}), upstreamConfig("other", ver{"v1", 1, 1}))})
	b.startWriter(t)
	old := b.host("api")
	guard := old.Brief().Guards[0]
	for _, cfg := range []*config.Config{fileConfig(upstreamConfig("other", ver{"v1", 1, 1})), b.Config()} {
		if _, err := b.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if br := old.Brief(); br.Revision != 0 || len(br.Guards) != 0 {
		t.Errorf("brief = %+v, want nothing to judge", br)
	}
	_, err := old.Commit(t.Context(), rollout.Change{Base: 1, State: guard.State, Trip: guard.Trip, Move: rollout.Revert, Safety: true})
	if !errors.Is(err, rollout.ErrStale) {
		t.Errorf("Commit: %v, want ErrStale", err)
	}
	if got := b.split("api").Weights["v2"]; got != 10 {
		t.Errorf("v2 has weight %v, want 10", got)
	}
}
