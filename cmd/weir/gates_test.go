package main

import (
	"strings"
	"testing"

	"weir/proxy/admin/api"
)

func someGates() []api.Gate {
	return []api.Gate{
		{Name: "migrate", At: "before_start", State: api.GatePassed, Reason: "exit status 0"},
		{Name: "latency", At: "before_step", Step: 2, State: api.GateRejected, Reason: "0.42, want 0.3 or less"},
		{Name: "boss", At: "before_switch", State: api.GateAsking, Approval: true, Link: "https://weir.example.com/approve/x.y"},
		{Name: "tell", At: "on_revert", State: api.GatePending},
	}
}

func TestGatesAreShown(t *testing.T) {
	f := newFakeAdmin(t)
	stdout, stderr, code := f.weir("rollout", "gates", "api")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	wantOutput(t, stdout, `GATE     AT             STATE     REASON
migrate  before_start   passed    exit status 0
latency  before_step 2  rejected  0.42, want 0.3 or less
boss     before_switch  asking    -
tell     on_revert      pending   -
answer boss: https://weir.example.com/approve/x.y
`)
	if of, _, _ := f.weir("rollout", "gates", "--flag", "new-checkout"); of != stdout {
		t.Errorf("of a flag:\n%s", of)
	}
	stdout, _, _ = f.weir("rollout", "gates", "api", "-o", "json")
	if !strings.Contains(stdout, `"link": "https://weir.example.com/approve/x.y"`) {
		t.Errorf("-o json: %s", stdout)
	}
	var b strings.Builder
	if err := writeGates(&b, "", nil); err != nil || b.String() != "no gates\n" {
		t.Errorf("without gates: %q, %v", b.String(), err)
	}
	b.Reset()
	boss := []api.Gate{{Name: "boss", At: "before_switch", State: api.GateAsking, Approval: true, Link: "/approve/x.y"}}
	if err := writeGates(&b, "http://127.0.0.1:9900/", boss); err != nil || !strings.HasSuffix(b.String(), "answer boss: http://127.0.0.1:9900/approve/x.y\n") {
		t.Errorf("without admin.url: %q, %v", b.String(), err)
	}
}

func TestStatusShowsGates(t *testing.T) {
	r := *someRollout(api.RolloutWaitingGate)
	r.Gates = someGates()
	var b strings.Builder
	if err := writeRollout(&b, r, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"gate migrate:  before_start, passed: exit status 0\n", "gate latency:  before_step 2, rejected: 0.42, want 0.3 or less\n",
		"gate boss:     before_switch, asking\n", "gate tell:     on_revert, pending\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("status lacks %q:\n%s", want, b.String())
		}
	}
}
