package control

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

// TestCrashAtAnyMoment: a ramp runs while saves fail as drawn, then the process
// is gone. What the store holds then is the last state that was kept, never a
// mixture; a refused move is nowhere; and as long as the disk works it is at most
// one safety move behind what was published.
func TestCrashAtAnyMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		disk := state.NewMemory()
		var fails map[int]bool
		store := &faultyStore{Store: disk, fail: func(n int) error {
			if fails[n] {
				return []error{syscall.ENOSPC, syscall.EROFS}[n%2]
			}
			return nil
		}}
		b := &bench{}
		c, err := New(Options{Config: oneUpstream(), Store: store, Publish: b.note})
		if err != nil {
			rt.Fatal(err)
		}
		b.Control = c
		fails = map[int]bool{}
		for _, n := range rapid.SliceOfDistinct(rapid.IntRange(2, 14), rapid.ID[int]).Draw(rt, "failing saves") {
			fails[n] = true
		}
		ctx, crash := context.WithCancel(context.Background())
		b.running = ctx
		done := make(chan struct{})
		go func() { defer close(done); b.write(ctx) }()
		stop := func() { crash(); <-done }
		defer stop()

		published := []split{b.split("api")} // all that ever served
		var before, last split               // the newest two
		last = published[0]
		s, a := rollout.New("r1", plan(b.upstream("api").config, canary, "v1", "v2"), 10, b.upstream("api").record.History[0].At)
		moves := []rollout.Change{{Start: true, State: s, Move: a.Move, Percent: a.Percent}}
		for _, p := range []float64{30, 50, 100} {
			moves = append(moves, rollout.Change{State: s, Move: rollout.SetPercent, Percent: p})
		}
		moves = append(moves, rollout.Change{State: s, Move: rollout.Revert, Safety: true})
		for i := range rapid.IntRange(1, len(moves)).Draw(rt, "moves before the crash") {
			m := moves[i]
			u := b.upstream("api")
			m.Base, m.Trip = u.record.Revision, u.trips["v2"]
			m.State.Phase = rollout.Progressing
			if m.Safety {
				m.State.Phase = rollout.Reverted
			}
			_, err := b.host("api").Commit(ctx, m)
			refusal, refused := errors.AsType[*Refusal](err)
			switch {
			case refused && (m.Safety || refusal.Kind != Unavailable):
				rt.Fatalf("move %d: %v", i, err)
			case refused:
				if b.upstream("api") != u {
					rt.Fatalf("move %d was refused and published", i)
				}
				continue
			case err != nil && !errors.Is(err, rollout.ErrStale): // the start was refused before
				rt.Fatalf("move %d: %v", i, err)
			}
			if now := b.split("api"); !now.equal(last) {
				published, before, last = append(published, now), last, now
			}
			if held := keptOfAPI(rt, disk).Split; !m.Safety && err == nil && !held.equal(last) {
				rt.Fatalf("move %d: %v was published before it was kept: %v", i, last, held)
			}
		}
		stop()

		held := keptOfAPI(rt, disk)
		if !held.Split.equal(last) && !held.Split.equal(before) {
			rt.Fatalf("the store holds %v, want %v or %v", held.Split, last, before)
		}
		again := &bench{}
		if again.Control, err = New(Options{Config: oneUpstream(), Store: disk, Publish: again.note}); err != nil {
			rt.Fatal(err)
		}
		r := again.upstream("api").record
		if diff := cmp.Diff(string(held.encode()), string(r.encode())); diff != "" {
			rt.Fatalf("after the restart (-kept +serves):\n%s", diff)
		}
		if again.upstream("api").candidate("v2") != (r.Split.Weights["v2"] > 0) {
			rt.Fatalf("v2 has weight %v and is judged: %v", r.Split.Weights["v2"], again.upstream("api").candidate("v2"))
		}
	})
}

func keptOfAPI(t *rapid.T, s state.Store) *record {
	held, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeRecord(held["upstream/api"])
	if err != nil {
		t.Fatal(err)
	}
	return r
}
