package control

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// cut is what happens at one Save of a store.
type cut int

const (
	refused        cut = iota // an error, and nothing is kept
	keptAndRefused            // an error, and it is kept all the same
	crashBefore               // the process is gone before anything is kept
	crashAfter                // the process is gone when it is kept, and has not heard of it
	crashLater                // refused, and the process is gone before the next Save
	numCuts
)

func (c cut) String() string {
	return [numCuts]string{"refused", "kept and refused", "crash before", "crash after", "refused, crash before the next"}[c]
}

// cutStore is a store that one Save goes wrong in. Its writer alone calls Save.
type cutStore struct {
	state.Store // what is kept
	at          int
	how         cut
	serving     func() split // nil: nothing yet

	saves         int
	came          bool              // the cut
	before, after map[string][]byte // what was kept then, and would have been
	served        split             // then; zero: nothing yet
	gone          atomic.Bool       // so is the process
}

func (c *cutStore) Save(changes map[string][]byte) error {
	if c.gone.Load() {
		return errors.New("the process is gone")
	}
	c.saves++
	switch {
	case c.saves == c.at+1 && c.how == crashLater:
		c.gone.Store(true)
		return errors.New("the process is gone")
	case c.saves != c.at:
		return c.Store.Save(changes)
	}
	c.came = true
	c.before, _ = c.Load()
	c.after = maps.Clone(c.before)
	maps.Copy(c.after, changes)
	if c.serving != nil {
		c.served = c.serving()
	}
	if c.how == keptAndRefused || c.how == crashAfter {
		if err := c.Store.Save(changes); err != nil {
			return err
		}
	}
	c.gone.Store(c.how == crashBefore || c.how == crashAfter)
	return syscall.ENOSPC
}

// Close leaves what is kept for the next process.
func (c *cutStore) Close() error { return nil }

// story is a rollout from its beginning to an end that it must come to, whatever
// goes wrong once.
type story struct {
	name   string
	file   func() *config.Config
	bad    func(v *UpstreamView) bool                                 // whether v2 fails from then on
	act    func(ctx context.Context, b *bench, v *UpstreamView) error // what an operator does then
	ending func(v *UpstreamView, last *rollout.State) bool            // last is nil when there was no rollout
}

func storyFile(change func(u *config.Upstream)) func() *config.Config {
	return func() *config.Config {
		u := upstreamConfig("api", ver{"v1", 100, 2}, ver{"v2", 0, 2})
		u.Rollout.Bake = 35 * time.Second
		change(&u)
		return fileConfig(u)
	}
}

func starts(strategy string) func(context.Context, *bench, *UpstreamView) error {
	return func(ctx context.Context, b *bench, _ *UpstreamView) error {
		if _, err := b.Rollout("api"); err == nil {
			return nil
		}
		_, err := b.StartRollout(ctx, "api", StartOptions{To: "v2", Strategy: strategy}, Meta{})
		return err
	}
}

func ended(phase rollout.Phase, stable string) func(*UpstreamView, *rollout.State) bool {
	return func(v *UpstreamView, last *rollout.State) bool {
		return last != nil && last.Phase == phase && v.Stable == stable && v.Split[stable].Share == 1
	}
}

var stories = []story{
	{
		name: "a good canary", file: storyFile(func(*config.Upstream) {}),
		act: starts(canary), ending: ended(rollout.Succeeded, "v2"),
	},
	{
		name: "a canary that turns bad at half", file: storyFile(func(*config.Upstream) {}),
		bad: func(v *UpstreamView) bool { return v.Split["v2"].Share == 0.5 },
		act: starts(canary), ending: ended(rollout.Reverted, "v1"),
	},
	{
		name: "promoted, then aborted",
		file: storyFile(func(u *config.Upstream) {
			u.Rollout.Steps = []config.Step{{Percent: 10, Pause: true}, {Percent: 50, Hold: 12 * time.Second}, {Percent: 75, Pause: true}, {Percent: 100}}
		}),
		act: func(ctx context.Context, b *bench, v *UpstreamView) error {
			var err error
			switch r := v.Rollout; {
			case r == nil:
				return starts(canary)(ctx, b, v)
			case r.Phase == rollout.Paused && r.Percent == 10:
				_, err = b.Command(ctx, "api", rollout.Promote, Meta{})
			case r.Phase == rollout.Paused && r.Percent == 75:
				_, err = b.Command(ctx, "api", rollout.Abort, Meta{})
			}
			return err
		},
		ending: ended(rollout.Aborted, "v1"),
	},
	{
		name: "blue-green, approved",
		file: storyFile(func(u *config.Upstream) { u.Rollout.BlueGreen.Approval = true }),
		act: func(ctx context.Context, b *bench, v *UpstreamView) error {
			if v.Rollout == nil || v.Rollout.Phase != rollout.WaitingGate {
				return starts(blueGreen)(ctx, b, v)
			}
			_, err := b.Command(ctx, "api", rollout.Promote, Meta{})
			return err
		},
		ending: ended(rollout.Succeeded, "v2"),
	},
	{
		name: "green that dies after the switch",
		file: storyFile(func(*config.Upstream) {}),
		bad:  func(v *UpstreamView) bool { return v.Split["v2"].Share == 1 },
		act:  starts(blueGreen), ending: ended(rollout.Reverted, "v1"),
	},
	{
		name: "taken back after its success", file: storyFile(func(*config.Upstream) {}),
		act: func(ctx context.Context, b *bench, v *UpstreamView) error {
			if last, err := b.Rollout("api"); err != nil || last.Phase != rollout.Succeeded || v.Stable != "v2" {
				return starts(canary)(ctx, b, v)
			}
			_, err := b.Undo(ctx, "api", 0, Meta{})
			return err
		},
		ending: func(v *UpstreamView, last *rollout.State) bool {
			return last != nil && v.Last.Source == SourceUndo && v.Stable == "v1" && v.Split["v1"].Share == 1
		},
	},
	{
		name: "a split that nobody started a rollout for", file: oneUpstream,
		bad:    func(*UpstreamView) bool { return true },
		ending: func(v *UpstreamView, _ *rollout.State) bool { return v.Split["v1"].Share == 1 },
	},
}

// play plays the story with one Save gone wrong. It reports whether there was such
// a Save.
func (s *story) play(t *testing.T, at int, how cut) (came bool) {
	disk := state.NewMemory()
	store := &cutStore{Store: disk, at: at, how: how}
	bad := failing()
	s.run(t, store, bad)
	if !store.came {
		return false
	}
	if store.served.Stable != "" {
		s.wasAllowed(t, store)
	}
	if !store.gone.Load() {
		return true
	}
	want := store.before
	if how == crashAfter {
		want = store.after
	}
	held, err := disk.Load()
	if err != nil {
		t.Fatal(err)
	}
	if string(held["upstream/api"]) != string(want["upstream/api"]) {
		t.Errorf("kept is\n%s\nwant\n%s", held["upstream/api"], want["upstream/api"])
	}
	s.run(t, &cutStore{Store: disk}, bad)
	return true
}

// wasAllowed holds what served at the cut against the two states.
func (s *story) wasAllowed(t *testing.T, store *cutStore) {
	t.Helper()
	before, after := recordOf(t, store.before), recordOf(t, store.after)
	switch {
	case before == nil || store.served.equal(before.Split):
	case !store.served.equal(after.Split):
		t.Errorf("%v served, want %v or %v", store.served, before.Split, after.Split)
	case after.Split.Stable != before.Split.Stable || after.Split.Weights["v2"] >= before.Split.Weights["v2"]:
		t.Errorf("%v served before it was kept, and is no safety move from %v", store.served, before.Split)
	}
}

// run is one process: from what is kept to the end of the story, or its own.
func (s *story) run(t *testing.T, store *cutStore, bad *faulty) {
	before := kept(t, store)["api"]
	b := newBench(t, Options{Config: s.file(), Store: store})
	store.serving = func() split { return b.split("api") }
	if before != nil {
		agrees(t, b.upstream("api"), before)
	}
	if store.gone.Load() {
		return // it never got further than its first Save
	}
	ctx, end := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- b.Run(ctx) }()
	go trafficOf(ctx, b, bad, 50*time.Millisecond) // 200 a second: there are many runs
	err := s.comesToItsEnd(ctx, b, store, bad)
	end()
	<-over // what it could not keep at its end is what the test is about
	switch {
	case store.gone.Load():
	case err != nil:
		t.Error(err)
	default:
		agrees(t, b.upstream("api"), kept(t, store)["api"])
	}
}

// agrees holds what serves against what is kept.
func agrees(t *testing.T, u *upstream, kept *record) {
	t.Helper()
	if string(u.record.encode()) != string(kept.encode()) {
		t.Errorf("served is\n%s\nkept is\n%s", u.record.encode(), kept.encode())
	}
	if weight := kept.Split.Weights["v2"]; kept.Split.Stable == "v1" && weight > 0 && !u.candidate("v2") {
		t.Errorf("v2 has weight %v and nobody judges it", weight)
	}
}

func (s *story) comesToItsEnd(ctx context.Context, b *bench, store *cutStore, bad *faulty) error {
	for range 4 * 180 {
		time.Sleep(250 * time.Millisecond)
		if store.gone.Load() {
			return nil
		}
		v, err := b.Upstream("api")
		if err != nil {
			return err
		}
		if s.bad != nil && s.bad(&v) {
			bad.add("v2")
		}
		var last *rollout.State
		if r, err := b.Rollout("api"); err == nil {
			last = &r
		}
		if s.ending(&v, last) && b.Status().State.OK {
			return nil
		}
		if s.act == nil {
			continue
		}
		err = s.act(ctx, b, &v)
		if r, ok := errors.AsType[*Refusal](err); err != nil && (!ok || r.Kind != Unavailable && r.Kind != Conflict) {
			return fmt.Errorf("an operator at %v, %v: %w", v.Split, last, err)
		}
	}
	v, _ := b.Upstream("api")
	return fmt.Errorf("three minutes later: %+v, rollout %+v", v, v.Rollout)
}

// recordOf is what is kept of api; nil: nothing.
func recordOf(t *testing.T, held map[string][]byte) *record {
	t.Helper()
	if held["upstream/api"] == nil {
		return nil
	}
	r, err := decodeRecord(held["upstream/api"])
	if err != nil {
		t.Fatal(err)
	}
	return r
}
