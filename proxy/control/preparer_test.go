package control

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
)

// Whatever goes out and comes back: the candidate is ready exactly while enough of its
// endpoints are usable, and each of them was checked since it was last out.
func TestPreparerKeepsTrack(t *testing.T) {
	g := newGreens(t, 4)
	rapid.Check(t, func(rt *rapid.T) {
		clear(g.asked)
		bg := config.BlueGreen{
			MinUsable: rapid.SampledFrom([]float64{0.1, 0.5, 0.75, 1}).Draw(rt, "min_usable"),
			Smoke:     []config.Smoke{{Path: "/a", Method: "GET", Status: []config.StatusRange{{From: 200, To: 200}}, Timeout: time.Minute}},
		}
		b := newBench(t, Options{Config: g.file(bg)})
		u := b.upstream("api")
		p := &preparer{host: b.host("api"), to: "v2", plan: &u.config.Rollout.BlueGreen, ready: map[*balancer.Live]bool{}}
		p.said.Store(&said{})
		u.live.preparer.Store(p)
		v := u.version("v2")
		need := config.Needed(bg.MinUsable, len(v.endpoints))

		var out, ready [4]bool
		var checked [4]int
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			i := rapid.IntRange(0, 3).Draw(rt, "endpoint")
			out[i] = !out[i]
			v.endpoints[i].live.live.SetEjected(out[i])
			usable := 0
			for _, o := range out {
				if !o {
					usable++
				}
			}
			if (usable < need || !out[i]) && p.host.preparation(v).Done { // before anybody has looked
				rt.Fatalf("ready with %d usable endpoints, want %d; endpoint %d is out: %v", usable, need, i, out[i])
			}
			for range 2 { // what it does, and what came of it
				p.prepare(context.Background(), u)
			}
			for j := range out {
				ready[j] = ready[j] && !out[j]
				if usable >= need && !out[j] && !ready[j] {
					ready[j] = true
					checked[j]++
				}
			}
			if got := p.host.preparation(v); got.Done != (usable >= need) || got.Failed != "" {
				rt.Fatalf("%d of 4 usable, %d wanted: %+v", usable, need, got)
			}
			for j := range checked {
				if got := g.was(fmt.Sprintf("%d GET /a", j)); got != checked[j] {
					rt.Fatalf("endpoint %d was checked %d times, want %d", j, got, checked[j])
				}
			}
		}
	})
}

// A reload brings another endpoint: it is prepared like those that were there.
func TestPreparationFollowsReload(t *testing.T) {
	g := newGreens(t, 2)
	all := g.file(smoked)
	first := g.file(smoked)
	first.Upstreams[0].Versions[1].Endpoints = first.Upstreams[0].Versions[1].Endpoints[:1]
	b := newBench(t, Options{Config: first})
	b.startAll(t)
	b.startGreen(t)
	b.comesTo(t, rollout.WaitingGate)
	if _, err := b.Reload(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		if n := g.was("1 POST /b"); n != 1 {
			return fmt.Sprintf("the new endpoint was checked %d times, want once", n)
		}
		return ""
	})
	b.comesTo(t, rollout.WaitingGate)
	if n := g.was("0 POST /b"); n != 1 {
		t.Errorf("the other one was checked %d times, want once", n)
	}
}
