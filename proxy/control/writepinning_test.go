package control

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
	"weir/proxy/control/state"
)

// pinning is an upstream of two versions whose writes are switched with the second of
// three steps.
func pinning() *config.Config {
	u := upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})
	u.Rollout.Steps = []config.Step{{Percent: 10, Hold: 2 * time.Second}, {Percent: 50, Hold: 2 * time.Second, SwitchWrites: true}, {Percent: 100}}
	u.Rollout.Writes = config.WritePinning{Pinned: true, ReadYourWrites: 10 * time.Second, Cookie: "weir_wrote"}
	return fileConfig(u)
}

// writesGo is where the present generation sends a write; "" when it goes by the shares.
func (b *bench) writesGo() string {
	s := b.upstream("api").proxied.Split
	if !s.PinsWrites() {
		return ""
	}
	return s.Shares()[s.Choose(&balancer.Ask{Write: true})].Version
}

// TestWriter: where writes are under a record.
func TestWriter(t *testing.T) {
	running := func(pin bool, writes string, p rollout.Phase) *rollout.State {
		return &rollout.State{Plan: rollout.Plan{From: "v1", To: "v2", PinWrites: pin}, Phase: p, Writes: writes}
	}
	both := split{Stable: "v1", Weights: map[string]float64{"v1": 90, "v2": 10}}
	one := split{Stable: "v1", Weights: map[string]float64{"v1": 100, "v2": 0}}
	for name, tt := range map[string]struct {
		split   split
		pinned  bool // by the file
		rollout *rollout.State
		want    string
	}{
		"never a rollout":                         {one, true, nil, ""},
		"a split by hand":                         {both, true, nil, "v1"},
		"a split by hand, not pinned":             {both, false, nil, ""},
		"before they are switched":                {both, true, running(true, "", rollout.Progressing), "v1"},
		"at its begin":                            {one, true, running(true, "", rollout.WaitingGate), "v1"},
		"switched":                                {both, true, running(true, rollout.WritesSwitched, rollout.Holding), "v2"},
		"everything switched":                     {split{Stable: "v1", Weights: map[string]float64{"v2": 100}}, true, running(true, rollout.WritesSwitched, rollout.Baking), "v2"},
		"going back by steps":                     {both, true, running(true, "", rollout.Reverting), "v1"},
		"pinned by the plan, no more by the file": {both, false, running(true, rollout.WritesSwitched, rollout.Progressing), "v2"},
		"pinned by the file since":                {both, true, running(false, "", rollout.Progressing), ""},
		"ended":                                   {one, true, running(true, "", rollout.Reverted), ""},
		"ended, and a third version has some":     {both, true, running(true, rollout.WritesSwitched, rollout.Succeeded), "v1"},
	} {
		r := &record{Split: tt.split, Rollout: tt.rollout}
		if got := r.writer(tt.pinned); got != tt.want {
			t.Errorf("%s: writes go to %q, want %q", name, got, tt.want)
		}
	}
}

// TestWritesFollowTheirRollout: reads by its steps, writes where its state says, in one
// snapshot with the weights; a restart and a revert included.
func TestWritesFollowTheirRollout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		b := newBench(t, Options{Config: pinning(), Store: store})
		if got := b.writesGo(); got != "" {
			t.Errorf("without a rollout writes are pinned to %q", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		bad := failing()
		go traffic(ctx, b, bad)
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		at := func(weight float64, writer string) {
			t.Helper()
			v, _ := b.Upstream("api")
			if got := b.split("api").Weights["v2"]; got != weight || b.writesGo() != writer || v.Writes != (WritesView{Pinned: writer != "", Version: writer}) {
				t.Errorf("v2 has %v, writes go to %q, shown as %+v, want %v and %q", got, b.writesGo(), v.Writes, weight, writer)
			}
		}
		at(10, "v1")
		if b.upstream("api").proxied.Wrote == nil {
			t.Error("nobody remembers who has written")
		}
		for b.split("api").Weights["v2"] == 10 {
			time.Sleep(100 * time.Millisecond)
		}
		at(50, "v2")
		again := newBench(t, Options{Config: pinning(), Store: store})
		if got := again.writesGo(); got != "v2" {
			t.Errorf("after a restart writes go to %q, want v2", got)
		}
		bad.add("v2")
		for b.split("api").Weights["v2"] == 50 {
			time.Sleep(10 * time.Millisecond)
		}
		at(0, "")
		if s, _ := b.Rollout("api"); s.Phase != rollout.Reverted {
			t.Errorf("%s: %s, want it reverted", s.Phase, s.Reason)
		}
	})
}

// TestFailedWritesAreReverted: a candidate that answers every read and fails every write
// is out about a second after it got them.
func TestFailedWritesAreReverted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: pinning()})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go traffic(ctx, b, failing())
		go func() { // a hundred writes a second
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				u := b.upstream("api")
				ask := balancer.Ask{Write: true}
				i := u.proxied.Split.Choose(&ask)
				if i < 0 || !u.proxied.Split.PinsWrites() {
					continue
				}
				at := u.proxied.Split.Pick(i, &ask)
				if at < 0 {
					continue // ejected since it was chosen
				}
				v := u.versions[i]
				e, kind := v.endpoints[at].live, outcome.OK
				if v.name == "v2" {
					kind = outcome.Error
				}
				e.stats.Record(kind, false)
				e.stats.Write(kind)
				v.live.stats.Write(0, kind)
				select {
				case u.shared.Wake <- struct{}{}:
				default:
				}
			}
		}()
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		for b.writesGo() == "v1" {
			time.Sleep(10 * time.Millisecond)
		}
		began := time.Now()
		for b.split("api").Weights["v2"] > 0 && time.Since(began) < time.Minute {
			time.Sleep(10 * time.Millisecond)
		}
		s, _ := b.Rollout("api")
		if took := time.Since(began); s.Phase != rollout.Reverted || took > 1500*time.Millisecond {
			t.Errorf("%s after %s: %s", s.Phase, took, s.Reason)
		}
		if n := s.Report.SecondsToZero; !strings.Contains(s.Reason, "errors: v2 failed ") || !strings.Contains(s.Reason, " writes (100%)") || n == nil || *n > 1.5 {
			t.Errorf("%s, %v seconds to zero", s.Reason, n)
		}
		if v, _ := b.Upstream("api"); v.Writes.Pinned {
			t.Errorf("after the revert: %+v", v.Writes)
		}
	})
}

// TestWritesOfASplitByHand stay with stable, and are pinned no more when one version has
// everything.
func TestWritesOfASplitByHand(t *testing.T) {
	b := newBench(t, Options{Config: pinning()})
	b.startWriter(t)
	for _, tt := range []struct {
		v2   float64
		want string
	}{{10, "v1"}, {0, ""}, {60, "v1"}, {100, ""}} {
		if _, err := b.SetSplit(t.Context(), "api", map[string]float64{"v1": 100 - tt.v2, "v2": tt.v2}, Meta{}); err != nil {
			t.Fatal(err)
		}
		if got := b.writesGo(); got != tt.want {
			t.Errorf("with %v for v2 writes go to %q, want %q", tt.v2, got, tt.want)
		}
	}
}

// TestSentWithoutWhatIsApart: what the split did not choose for is not among what it has
// sent, under way or ended.
func TestSentWithoutWhatIsApart(t *testing.T) {
	b := newBench(t, Options{Config: pinning()})
	u := b.upstream("api")
	v := u.version("v1")
	e := v.endpoints[0].live
	for range 3 {
		e.live.Begin()
	}
	v.live.apart.Begin()
	v.live.stats.First(0, outcome.OK)
	v.live.stats.Write(0, outcome.OK)
	var n outcome.Totals
	v.live.stats.Totals(&n)
	if got := u.sent(v, &n); got != 3 {
		t.Errorf("%d sent, want the one that has ended and two under way", got)
	}
}

// TestPinnedWritesAreNotRolled: their version would lose its endpoints.
func TestPinnedWritesAreNotRolled(t *testing.T) {
	b := newBench(t, Options{Config: pinning()})
	b.startWriter(t)
	_, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", Strategy: rolling}, Meta{})
	wantKind(t, err, Invalid)
}
