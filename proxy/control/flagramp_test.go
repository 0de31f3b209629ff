package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/health/outcome"
	"weir/proxy"
	"weir/proxy/control/notify"
	"weir/proxy/control/state"
	"weir/proxy/flag"
)

const rampDefinitions = `{
	"$evaluators": {"internal": {"==": [{"var": "group"}, "staff"]}, "beta": {"==": [{"var": "plan"}, "beta"]}},
	"flags": {"new-checkout": {"state": "ENABLED", "variants": {"off": false, "on": true}, "defaultVariant": "off"}}
}`

// rampFile is a file with the flag new-checkout, which an upstream is told of, and its ramp.
func rampFile(t testing.TB, definitions string) *config.Config {
	t.Helper()
	f, wrong := flag.Parse("flags.json", []byte(definitions))
	if wrong != nil {
		t.Fatal(wrong)
	}
	set, wrong := flag.Compile([]*flag.File{f})
	if wrong != nil {
		t.Fatal(wrong)
	}
	cfg := oneUpstream()
	cfg.Flags = &config.Flags{
		Set: set, Files: []string{"flags.json"}, Pass: config.FlagPass{Headers: []string{"new-checkout"}},
		Rollouts: []config.FlagRollout{{
			Flag: "new-checkout", To: "on", MinRequests: 20, Bake: time.Minute, Revert: cfg.Upstreams[0].Rollout.Revert,
			Certify: config.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05},
			Steps: []config.Step{
				{Segment: "internal", Hold: 10 * time.Second}, {Segment: "beta", Hold: 10 * time.Second},
				{Percent: 10, Hold: 10 * time.Second}, {Percent: 100},
			},
		}},
	}
	return cfg
}

// users ask a hundred times in a second until ctx ends: one in ten is staff, one in ten in
// the beta. Who gets the variant fails as long as bad is true, everybody as long as out is.
type users struct {
	bad, out atomic.Bool
	with     atomic.Uint64 // requests that got the variant
	beside   atomic.Uint64 // failures of those who did not
}

func (u *users) ask(ctx context.Context, b *bench) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d := b.decide(n)
		f := b.current.Load().flags
		end := proxy.FlagEnd{Took: 5 * time.Millisecond, Key: uint64(n%5000 + 1)}
		if u.out.Load() || u.bad.Load() && d.Variant == "on" {
			end.Kind = outcome.Error
			if d.Variant != "on" {
				u.beside.Add(1)
			}
		}
		if d.Variant == "on" {
			u.with.Add(1)
		}
		live := f.live["new-checkout"].proxied
		live.Arms.Done(0, d.Arm, &end, time.Duration(n)*10*time.Millisecond)
		if end.Kind.Failed() {
			select {
			case live.Wake <- struct{}{}:
			default:
			}
		}
	}
}

// decide is what the user of a number gets.
func (b *bench) decide(n int) flag.Decision {
	f := b.current.Load().flags
	group, plan := "", ""
	switch n % 10 {
	case 0:
		group = "staff"
	case 1:
		plan = "beta"
	}
	v, err := flag.ValueOf(map[string]any{"targetingKey": fmt.Sprint("user", n), "group": group, "plan": plan})
	if err != nil {
		panic(err)
	}
	def := f.config.Set.Flag("new-checkout")
	return def.Evaluate(&flag.Context{View: &flag.Attributes{Value: v}}, f.proxied.Layer(def))
}

// having is the part of a thousand users who get the variant.
func (b *bench) having() float64 {
	n := 0
	for i := range 1000 {
		if b.decide(i).Variant == "on" {
			n++
		}
	}
	return float64(n) / 1000
}

func (b *bench) ramp(t *testing.T) rollout.State {
	t.Helper()
	s, err := b.Ramp("new-checkout")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ramping runs a bench whose users ask, and begins the ramp.
func ramping(t *testing.T, o Options) (*bench, *users) {
	t.Helper()
	return rampingFrom(t, "", o)
}

// rampingFrom is ramping of a flag of which everybody had a variant; "": nobody in
// particular.
func rampingFrom(t *testing.T, before string, o Options) (*bench, *users) {
	t.Helper()
	b, u := newBench(t, o), &users{}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go u.ask(ctx, b)
	b.startAll(t)
	id := "new-checkout-1"
	if before != "" {
		id = "new-checkout-2"
		if _, err := b.SetFlag(t.Context(), "new-checkout", FlagPatch{Variant: &before}, Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := b.StartRamp(t.Context(), "new-checkout", RampOptions{}, Meta{Author: "ann", Reason: "it is time"})
	if err != nil || v.Rollout == nil || v.Rollout.ID != id {
		t.Fatalf("StartRamp = %+v, %v", v, err)
	}
	return b, u
}

func TestRampToEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: state.NewMemory()})
		if got := b.having(); got != 0.1 {
			t.Errorf("%v of all have the variant, want the staff", got)
		}
		time.Sleep(12 * time.Second)
		if got := b.having(); got != 0.2 {
			t.Errorf("%v of all have the variant, want staff and beta", got)
		}
		time.Sleep(12 * time.Second)
		if got := b.having(); got < 0.25 || got > 0.31 {
			t.Errorf("%v of all have the variant, want those and a tenth of the others", got)
		}
		time.Sleep(30 * time.Second)
		if s := b.ramp(t); s.Phase != rollout.Baking || b.having() != 1 {
			t.Errorf("%s, %v of all have the variant: %s", s.Phase, b.having(), s.Reason)
		}
		time.Sleep(2 * time.Minute)
		v, err := b.Flag("new-checkout")
		if s := b.ramp(t); err != nil || s.Phase != rollout.Succeeded || v.Forced != "on" || v.Rollout != nil || b.having() != 1 {
			t.Errorf("%s, %+v, %v", s.Phase, v, err)
		}
		h, err := b.FlagHistory("new-checkout")
		if err != nil || len(h) != 5 || h[0].Running || h[0].Rollout.Report == nil || !h[1].Running || h[4].Author != "ann" || h[0].Source != SourceRollout {
			t.Errorf("history %+v, %v", h, err)
		}
		undone, err := b.UndoFlag(t.Context(), "new-checkout", 0, Meta{})
		if err != nil || undone.Forced != "" || b.having() != 0 {
			t.Errorf("after undo %+v, %v: %v of all have the variant", undone, err, b.having())
		}
	})
}

func TestRampReverts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, u := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: state.NewMemory()})
		time.Sleep(28 * time.Second) // at a tenth
		if s := b.ramp(t); s.Percent != 10 {
			t.Fatalf("%s at %v %%", s.Phase, s.Percent)
		}
		u.bad.Store(true)
		for range 100 {
			if time.Sleep(100 * time.Millisecond); b.ramp(t).Phase.Ended() {
				break
			}
		}
		s := b.ramp(t)
		if s.Phase != rollout.Reverted || b.having() != 0 || u.beside.Load() != 0 {
			t.Errorf("%s: %s; %v of all have the variant, %d of the others have failed", s.Phase, s.Reason, b.having(), u.beside.Load())
		}
		if sec := s.Report.SecondsToZero; sec == nil || *sec > 2 {
			t.Errorf("reverted after %v s", sec)
		}
		if m, _ := b.FlagMetrics(); len(m) != 1 || m[0].Rollout != rollout.Reverted || m[0].Ended[rollout.Reverted] != 1 || m[0].Ended[rollout.Succeeded] != 0 {
			t.Errorf("metrics %+v", m)
		}
		var told notify.Message
		for _, ev := range b.emitted() {
			if ev.Kind == EventRollout && ev.State == string(rollout.Reverted) {
				told = message(&ev)
			}
		}
		if told.Flag != "new-checkout" || told.Upstream != "" || told.From != "off" || told.To != "on" {
			t.Errorf("told %+v", told)
		}
		if _, err := b.UndoFlag(t.Context(), "new-checkout", 0, Meta{}); err == nil {
			t.Error("undo after a revert went somewhere")
		}
		if _, err := b.StartRamp(t.Context(), "new-checkout", RampOptions{To: "on"}, Meta{}); err != nil {
			t.Errorf("a second ramp: %v", err)
		}
		if got := b.having(); got != 0.1 {
			t.Errorf("%v of all have the variant in the second ramp, want the staff", got)
		}
	})
}

func TestRampOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, u := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: state.NewMemory()})
		for _, at := range []float64{0, 10} {
			u.out.Store(true)
			time.Sleep(8 * time.Second)
			if s := b.ramp(t); s.Phase != rollout.Holding {
				t.Errorf("in an outage at %v %%: %s: %s", at, s.Phase, s.Reason)
			}
			u.out.Store(false)
			time.Sleep(40 * time.Second)
		}
		if s := b.ramp(t); s.Phase.Ended() && s.Phase != rollout.Succeeded {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
	})
}

// TestRampKillSwitch: abort, turning the flag off, and giving everybody another variant are
// in force with the next decision, with a disk or without, and end the ramp.
func TestRampKillSwitch(t *testing.T) {
	set := func(p FlagPatch) func(b *bench) (FlagView, error) {
		return func(b *bench) (FlagView, error) {
			return b.SetFlag(context.Background(), "new-checkout", p, Meta{Author: "ann"})
		}
	}
	no, off := false, "off"
	for name, c := range map[string]struct {
		before string // what everybody had before the ramp
		kill   func(b *bench) (FlagView, error)
		reason string
	}{
		"abort": {kill: func(b *bench) (FlagView, error) {
			return b.CommandRamp(context.Background(), "new-checkout", rollout.Abort, Meta{Author: "ann"})
		}},
		"disable":                         {kill: set(FlagPatch{Enabled: &no}), reason: "the flag was disabled"},
		"off for everybody":               {kill: set(FlagPatch{Variant: &off}), reason: "everybody was given off"},
		"off for everybody, as it was":    {before: off, kill: set(FlagPatch{Variant: &off}), reason: "everybody was given off"},
		"disable, where all had had that": {before: off, kill: set(FlagPatch{Enabled: &no}), reason: "the flag was disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &refusing{Store: state.NewMemory()}
				b, _ := rampingFrom(t, c.before, Options{Config: rampFile(t, rampDefinitions), Store: store})
				time.Sleep(5 * time.Second)
				b.emitted()
				store.full.Store(true)
				v, err := c.kill(b)
				if err != nil || v.Rollout != nil || b.having() != 0 {
					t.Errorf("%+v, %v: %v of all have the variant", v, err, b.having())
				}
				if r := v.Last.Rollout; r == nil || r.Phase != rollout.Aborted || r.Report == nil || v.Last.Running {
					t.Errorf("the revision %+v does not say what has become of the rollout", v.Last)
				}
				store.full.Store(false)
				synctest.Wait()
				if s := b.ramp(t); s.Phase != rollout.Aborted || !strings.Contains(s.Reason, "operator") || !strings.Contains(s.Reason, c.reason) || s.Report == nil {
					t.Errorf("%s: %s", s.Phase, s.Reason)
				}
				told := slices.ContainsFunc(b.emitted(), func(ev Event) bool {
					return ev.Kind == EventRollout && ev.Flag == "new-checkout" && ev.State == "aborted"
				})
				if !told {
					t.Error("nobody was told")
				}
				time.Sleep(time.Minute)
				if got := b.having(); got != 0 {
					t.Errorf("a minute later %v of all have the variant", got)
				}
				h, err := b.FlagHistory("new-checkout")
				if err != nil || !h[1].Running || h[1].Rollout.Report != nil {
					t.Errorf("the step before %+v, %v: want it as it was", h[1], err)
				}
			})
		})
	}
}

// TestRampRefusals: what does not fit is refused, and says what would.
func TestRampRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := rampFile(t, strings.Replace(rampDefinitions, `"flags": {`, `"flags": {"other": {"state": "ENABLED", "variants": {"a": 1}},`, 1))
		cfg.Flags.Rollouts[0].To = ""
		b := newBench(t, Options{Config: cfg, Store: state.NewMemory()})
		b.startAll(t)
		start := func(key string, o RampOptions) error {
			_, err := b.StartRamp(t.Context(), key, o, Meta{})
			return err
		}
		wantText(t, start("new-chekout", RampOptions{To: "on"}), "did you mean new-checkout")
		wantText(t, start("other", RampOptions{To: "a"}), "flags.rollouts.other: not in the file")
		wantText(t, start("new-checkout", RampOptions{}), "to: missing", "off, on")
		wantText(t, start("new-checkout", RampOptions{To: "onn"}), "did you mean on")
		wantText(t, start("new-checkout", RampOptions{To: "on", ID: "a b"}), "id")
		_, err := b.CommandRamp(t.Context(), "new-checkout", rollout.Promote, Meta{})
		wantText(t, err, "no rollout is running")
		if err := start("new-checkout", RampOptions{To: "on"}); err != nil {
			t.Fatal(err)
		}
		wantText(t, start("new-checkout", RampOptions{To: "on"}), "is running: abort it first")
		on := "on"
		_, err = b.SetFlag(t.Context(), "new-checkout", FlagPatch{Variant: &on}, Meta{})
		wantText(t, err, "is running: abort it first")
		_, err = b.UndoFlag(t.Context(), "new-checkout", 0, Meta{})
		wantText(t, err, "is running: abort it first")
		_, err = b.CommandRamp(t.Context(), "new-checkout", rollout.Resume, Meta{})
		wantText(t, err, "nothing is paused or held")

		for name, c := range map[string]struct{ was, now, want string }{
			"another default": {`"defaultVariant": "off"`, `"defaultVariant": "on"`, "changed, but rollout"},
			"a variant less":  {`"on": true`, `"yes": true`, "no variant on"},
			"a segment less":  {`"internal":`, `"intern":`, "no segment internal"},
			"no such flag":    {`"new-checkout":`, `"checkout":`, "removed, but rollout"},
		} {
			next := rampFile(t, strings.Replace(rampDefinitions, c.was, c.now, 1))
			next.Flags.Pass, next.Flags.Rollouts = config.FlagPass{}, nil
			_, err := b.Reload(t.Context(), next)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
		off := rampFile(t, strings.Replace(rampDefinitions, "ENABLED", "DISABLED", 1))
		if _, err := b.Reload(t.Context(), off); err != nil {
			t.Errorf("a file that turns it off: %v", err)
		}
		if s := b.ramp(t); s.Phase != rollout.Aborted || b.having() != 0 {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
		wantText(t, start("new-checkout", RampOptions{To: "on"}), "it is disabled")
	})
}

// TestRampGoesOn: what was kept goes on after a crash, at its step, and users who are in
// stay in.
func TestRampGoesOn(t *testing.T) {
	store := state.NewMemory()
	var before float64
	synctest.Test(t, func(t *testing.T) {
		b, _ := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: copyOnClose{store}})
		time.Sleep(28 * time.Second)
		if s := b.ramp(t); s.Percent != 10 {
			t.Fatalf("%s at %v %%", s.Phase, s.Percent)
		}
		before = b.having()
	})
	synctest.Test(t, func(t *testing.T) {
		b, u := newBench(t, Options{Config: rampFile(t, rampDefinitions), Store: copyOnClose{store}}), &users{}
		if got := b.having(); got != before {
			t.Errorf("%v of all have the variant after the restart, %v before", got, before)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go u.ask(ctx, b)
		b.startAll(t)
		time.Sleep(time.Second)
		u.bad.Store(true)
		time.Sleep(5 * time.Second)
		if s := b.ramp(t); s.Phase != rollout.Reverted || b.having() != 0 {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
	})
}

// rampHeld is a store that holds the ramp of TestRampGoesOn at its third step.
func rampHeld(t *testing.T) state.Store {
	t.Helper()
	store := copyOnClose{state.NewMemory()}
	synctest.Test(t, func(t *testing.T) {
		b, _ := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: store})
		time.Sleep(28 * time.Second)
		if s := b.ramp(t); s.Percent != 10 {
			t.Fatalf("%s at %v %%", s.Phase, s.Percent)
		}
	})
	return store
}

// TestRampUnderAnotherFile: a ramp goes on under a file that has changed the flag while
// Weir was not running, unless the file has taken away what it needs.
func TestRampUnderAnotherFile(t *testing.T) {
	for name, c := range map[string]struct {
		was, now string
		phase    rollout.Phase
		reason   string
		least    float64 // of all who have the variant, and most
		most     float64
	}{
		"another rule":         {`"defaultVariant": "off"`, `"defaultVariant": "off", "targeting": {"if": [{"==": [{"var": "plan"}, "gold"]}, "on", null]}`, rollout.Progressing, "", 0.25, 0.31},
		"a wider segment":      {`"staff"`, `""`, rollout.Progressing, "", 0.8, 1},
		"a variant less":       {`"on": true`, `"yes": true`, rollout.Aborted, "no variant on", 0, 0},
		"a segment less":       {`"beta":`, `"gamma":`, rollout.Aborted, "no segment beta", 0, 0},
		"it is off":            {"ENABLED", "DISABLED", rollout.Aborted, "turned the flag off", 0, 0},
		"it is what it was":    {"", "", rollout.Progressing, "", 0.25, 0.31},
		"another variant more": {`"on": true`, `"on": true, "maybe": true`, rollout.Progressing, "", 0.25, 0.31},
	} {
		t.Run(name, func(t *testing.T) {
			store := rampHeld(t)
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: rampFile(t, strings.Replace(rampDefinitions, c.was, c.now, 1)), Store: store})
				b.startAll(t)
				s := b.ramp(t)
				if s.Phase != c.phase || !strings.Contains(s.Reason, c.reason) {
					t.Errorf("%s: %s, want %s", s.Phase, s.Reason, c.phase)
				}
				if got := b.having(); got < c.least || got > c.most {
					t.Errorf("%v of all have the variant, want %v to %v", got, c.least, c.most)
				}
				if h, err := b.FlagHistory("new-checkout"); err != nil || s.Phase.Ended() && (h[0].Rollout == nil || h[0].Rollout.Report == nil) {
					t.Errorf("history %+v, %v: want the end of the rollout in it", h[0], err)
				}
			})
		})
	}
}

// TestRampOfAFlagThatIsGone: a flag that was not in the file of a start comes back without
// its ramp, by a reload or a start, and with what was set of it.
func TestRampOfAFlagThatIsGone(t *testing.T) {
	without := func(t *testing.T) *config.Config {
		cfg := rampFile(t, strings.Replace(rampDefinitions, `"new-checkout":`, `"other":`, 1))
		cfg.Flags.Pass, cfg.Flags.Rollouts = config.FlagPass{}, nil
		return cfg
	}
	none := func(t *testing.T) *config.Config { cfg := without(t); cfg.Flags = nil; return cfg }
	for name, c := range map[string]struct {
		gone   func(*testing.T) *config.Config
		reload bool
	}{
		"back by a reload":                 {without, true},
		"back by a start":                  {without, false},
		"with all flags, back by a reload": {none, true},
		"with all flags, back by a start":  {none, false},
	} {
		t.Run(name, func(t *testing.T) {
			store := rampHeld(t)
			demand := func(t *testing.T, b *bench) {
				t.Helper()
				if s := b.ramp(t); s.Phase != rollout.Aborted || !strings.Contains(s.Reason, "no longer has the flag") || b.having() != 0 {
					t.Errorf("%s: %s; %v of all have the variant", s.Phase, s.Reason, b.having())
				}
			}
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: c.gone(t), Store: store})
				b.startAll(t)
				if !c.reload {
					return
				}
				if _, err := b.Reload(t.Context(), rampFile(t, rampDefinitions)); err != nil {
					t.Fatal(err)
				}
				demand(t, b)
			})
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: rampFile(t, rampDefinitions), Store: store})
				b.startAll(t)
				demand(t, b)
				off := false
				if _, err := b.SetFlag(t.Context(), "new-checkout", FlagPatch{Enabled: &off}, Meta{}); err != nil {
					t.Fatal(err)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, Options{Config: c.gone(t), Store: store})
				b.startAll(t)
				if _, err := b.Reload(t.Context(), rampFile(t, rampDefinitions)); err != nil {
					t.Fatal(err)
				}
				if v, err := b.Flag("new-checkout"); err != nil || v.Enabled {
					t.Errorf("it is on again: %+v, %v", v, err)
				}
			})
		})
	}
}

// copyOnClose is a store that outlives who closes it.
type copyOnClose struct{ state.Store }

func (copyOnClose) Close() error { return nil }

// TestRampStoreFails: a store that takes nothing keeps no revert from being in force, and
// refuses everything else.
func TestRampStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &refusing{Store: state.NewMemory()}
		b, u := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: store})
		time.Sleep(28 * time.Second)
		store.full.Store(true)
		_, err := b.CommandRamp(t.Context(), "new-checkout", rollout.PromoteFull, Meta{})
		if err == nil || b.having() > 0.5 {
			t.Errorf("promoted though nothing can be kept: %v", err)
		}
		u.bad.Store(true)
		time.Sleep(5 * time.Second)
		if s := b.ramp(t); s.Phase != rollout.Reverted || b.having() != 0 {
			t.Errorf("%s: %s", s.Phase, s.Reason)
		}
		store.full.Store(false)
		time.Sleep(20 * time.Second)
		if !b.Status().State.OK {
			t.Error("the state is not kept again")
		}
	})
}

// refusing is a store that may be full.
type refusing struct {
	state.Store
	full atomic.Bool
}

func (r *refusing) Save(changes map[string][]byte) error {
	if r.full.Load() {
		return errFull
	}
	return r.Store.Save(changes)
}

var errFull = errors.New("disk full")

// What an engine has to tell, or somebody asks of a ramp, may come in the moment in which a
// file takes all flags away.
func TestRampsWhileFlagsGo(t *testing.T) {
	c := runFlags(t, rampFile(t, rampDefinitions), state.NewMemory())
	ended := rollout.State{ID: "r", Phase: rollout.Reverted, Plan: rollout.Plan{Flag: "new-checkout", To: "on"}}
	with := *c.current.Load()
	with.flags = with.flags.recorded("new-checkout", &flagRecord{Rollout: &ended})
	without := with
	without.flags = nil
	before := c.current.Load()
	h := &rampHost{control: c, key: "new-checkout", live: with.flags.ramps["new-checkout"]}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				c.current.Store(before)
				return
			default:
				c.current.Store(&without)
				c.current.Store(&with)
			}
		}
	}()
	for range 20_000 {
		h.Announce(ended)
		if _, err := c.RampGates("new-checkout"); err != nil {
			wantKind(t, err, NotFound)
		}
	}
	close(stop)
	<-stopped
}
