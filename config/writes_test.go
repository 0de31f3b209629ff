package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const writing = `
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    writes: {reads: [{method: POST, path: /search}, {method: PROPFIND, path: /}], read_only: on, allow: [{method: POST, path: /login}], status: 405, retry_after: 0s}
    rollout: {strategy: blue_green, write_hold: {max: 2s, max_requests: 2000, max_bytes: 1MiB, rate: 500, on_expiry: release}}
  plain:
    versions: {v1: {endpoints: ["127.0.0.1:3001"]}}
    rollout: {strategy: blue_green, write_hold: {}}
routes: [{upstream: api}]
`

func TestWrites(t *testing.T) {
	c, err := Parse("weir.yaml", []byte(writing))
	if err != nil {
		t.Fatal(err)
	}
	want := Writes{
		Reads: []Exception{{"POST", "/search"}, {"PROPFIND", "/"}}, ReadOnly: true, Allow: []Exception{{"POST", "/login"}}, Status: 405,
	}
	if diff := cmp.Diff(want, c.Upstreams[0].Writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Writes{Status: 503, RetryAfter: 10 * time.Second}, c.Upstreams[1].Writes); diff != "" {
		t.Errorf("default writes (-want +got):\n%s", diff)
	}
	for i, want := range []*WriteHold{
		{Max: 2 * time.Second, MaxRequests: 2000, MaxBytes: 1 << 20, Rate: 500, OnExpiry: Release},
		{Max: 5 * time.Second, MaxRequests: 1000, MaxBytes: 8 << 20, OnExpiry: Reject},
	} {
		if diff := cmp.Diff(want, c.Upstreams[i].Rollout.WriteHold); diff != "" {
			t.Errorf("write_hold of upstream %d (-want +got):\n%s", i, diff)
		}
	}
	loadsAgain(t, "weir.yaml", []byte(writing))
}
