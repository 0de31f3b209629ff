package control

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
)

// The preview reaches the candidate until the switch, and nobody without a rollout.
func TestPreview(t *testing.T) {
	bg := config.BlueGreen{
		MinUsable: 1, Approval: true,
		Preview: &config.Preview{Header: "x-preview", Value: "green", From: []string{"10.0.0.0/8"}, Listener: "inside"},
	}
	cfg := newGreens(t, 1).file(bg)
	cfg.Upstreams[0].Pins = []config.Pin{{Header: "x-version", Value: "old", Version: "v1"}}
	b := newBench(t, Options{Config: cfg})
	b.startAll(t)
	always := proxy.Pin{Version: "v1", Header: "x-version", Value: "old"}
	pins := func(when string, want ...proxy.Pin) {
		t.Helper()
		got := b.upstream("api").proxied.Pins
		if diff := cmp.Diff(append([]proxy.Pin{always}, want...), got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Errorf("pins %s (-want +got):\n%s", when, diff)
		}
	}
	preview := []proxy.Pin{
		{Version: "v2", Header: "x-preview", Value: "green", From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		{Version: "v2", Listener: "inside"},
	}
	pins("before the rollout")
	b.startGreen(t)
	pins("while it is prepared", preview...)
	b.comesTo(t, rollout.WaitingGate)
	pins("while it waits", preview...)
	if _, err := b.Command(t.Context(), "api", rollout.Promote, Meta{}); err != nil {
		t.Fatal(err)
	}
	pins("after the switch")
	if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
		t.Fatal(err)
	}
	pins("after the way back")
	b.startGreen(t)
	pins("at the next", preview...)
	if _, err := b.Command(t.Context(), "api", rollout.Abort, Meta{}); err != nil {
		t.Fatal(err)
	}
	pins("after an abort")
	if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: canary}, Meta{}); err != nil {
		t.Fatal(err)
	}
	pins("in a canary rollout")
}
