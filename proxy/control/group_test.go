package control

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy/control/state"
)

// groupNames are the members of group shop in these tests.
var groupNames = []string{"api", "web", "cart"}

// groupFile is a file with the group shop of so many upstreams, all on v1.
func groupFile(members int) *config.Config {
	var ups []config.Upstream
	for _, name := range groupNames[:members] {
		u := upstreamConfig(name, ver{"v1", 100, 2}, ver{"v2", 0, 2})
		u.Rollout.Bake = 5 * time.Second
		ups = append(ups, u)
	}
	cfg := fileConfig(ups...)
	cfg.Groups = []config.Group{{Name: "shop", Upstreams: groupNames[:members]}}
	return cfg
}

// TestGroupIsNoUpstream: what is asked of one upstream names those of a group.
func TestGroupIsNoUpstream(t *testing.T) {
	b := newBench(t, Options{Config: groupFile(2)})
	_, err := b.Upstream("shop")
	if r, ok := errors.AsType[*Refusal](err); !ok || r.Kind != NotFound || r.Msg != "shop is a group: want one of its upstreams, api, web" {
		t.Errorf("%v", err)
	}
}

// newGroupBench is a bench in which each snapshot is looked at as it is published: all
// members divide alike, or one of them was found elsewhere.
func newGroupBench(t *testing.T, o Options) *bench {
	t.Helper()
	b := newBench(t, o)
	b.each = func() {
		if why := b.divided(); why != "" {
			t.Error(why)
		}
	}
	return b
}

// divided says that the members of shop do not divide alike; "" when they do.
func (b *bench) divided() string {
	w := b.current.Load()
	first := w.upstreams["api"]
	for _, g := range w.config.Groups[0].Upstreams {
		u := w.upstreams[g]
		if u.record.Split.Stable != first.record.Split.Stable || u.record.Split.share("v2") != first.record.Split.share("v2") {
			return fmt.Sprintf("generation %d: %s is at %v, %s at %v", w.generation, first.name(), first.record.Split, g, u.record.Split)
		}
		if run, lead := u.record.running(), first.record.running(); (run == nil) != (lead == nil) || run != nil && (!run.At(lead) || u.trips["v2"] != first.trips["v2"]) {
			return fmt.Sprintf("generation %d: %s has %+v, %s has %+v", w.generation, first.name(), lead, g, run)
		}
	}
	return ""
}

// groupTraffic is traffic to every member; bad is by name, those that are not in it are good.
func groupTraffic(ctx context.Context, b *bench, members int, bad map[string]*faulty) {
	for _, name := range groupNames[:members] {
		of := bad[name]
		if of == nil {
			of = failing()
		}
		go trafficTo(ctx, b, name, of, 10*time.Millisecond)
	}
}

func (b *bench) startGroup(t *testing.T, o StartOptions) {
	t.Helper()
	if o.To == "" {
		o.To = "v2"
	}
	if _, err := b.StartGroup(t.Context(), "shop", o, Meta{}); err != nil {
		t.Fatal(err)
	}
}

func TestGroupBecomesStableTogether(t *testing.T) {
	for _, strategy := range []string{canary, blueGreen} {
		t.Run(strategy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := state.NewMemory()
				b := newGroupBench(t, Options{Config: groupFile(3), Store: store})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				groupTraffic(ctx, b, 3, nil)
				b.startAll(t)
				v, err := b.StartGroup(t.Context(), "shop", StartOptions{To: "v2", Strategy: strategy}, Meta{Author: "ann", Reason: "1.2"})
				if err != nil || v.Rollout == nil || v.Rollout.State.ID != "shop-2" || len(v.Rollout.Parts) != 3 || len(v.Members) != 3 {
					t.Fatalf("StartGroup = %+v, %v", v, err)
				}
				shares := map[float64]bool{}
				for range 200 {
					time.Sleep(100 * time.Millisecond)
					shares[b.split("web").share("v2")] = true
				}
				for _, name := range groupNames {
					u, _ := b.Upstream(name)
					if u.Stable != "v2" || u.Split["v2"].Share != 1 || u.Rollout != nil {
						t.Errorf("%s: %+v", name, u)
					}
					h, _ := b.History(name)
					if r := h[0].Rollout; h[0].Source != SourceRollout || r == nil || r.ID != "shop-2" || r.Report == nil || r.Plan.GroupName != "shop" {
						t.Errorf("%s: newest revision %+v", name, h[0])
					}
					if k := kept(t, store)[name]; k.Rollout.Phase != rollout.Succeeded || k.Split.Stable != "v2" {
						t.Errorf("%s is kept as %+v", name, k)
					}
				}
				if want := 3; strategy == canary && len(shares) != want {
					t.Errorf("web went through %v, want %d shares", shares, want)
				}
				r, err := b.GroupRollout("shop")
				if err != nil || r.State.Phase != rollout.Succeeded || r.State.Report.Requests < 15000 {
					t.Errorf("rollout of the group: %+v, %v", r.State.Report, err)
				}
				if strategy == canary && r.Parts[1].State.Plan.Rules.Alpha != 0.01/3 {
					t.Errorf("alpha of a member is %v, want a third of 0.01", r.Parts[1].State.Plan.Rules.Alpha)
				}

				back, err := b.UndoGroup(t.Context(), "shop", Meta{Author: "ann"})
				if err != nil || back.Members[1].Stable != "v1" || back.Members[2].Split["v1"].Share != 1 {
					t.Errorf("undo: %+v, %v", back, err)
				}
			})
		})
	}
}

// TestOneBadMemberRevertsAll, at once and in one snapshot, whichever it is.
func TestOneBadMemberRevertsAll(t *testing.T) {
	for _, culprit := range groupNames {
		t.Run(culprit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newGroupBench(t, Options{Config: groupFile(3)})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				groupTraffic(ctx, b, 3, map[string]*faulty{culprit: failing("v2")})
				b.startAll(t)
				b.startGroup(t, StartOptions{})
				trip := b.upstream("api").trips["v2"]
				b.emitted()
				time.Sleep(2 * time.Second)
				synctest.Wait()
				for _, name := range groupNames {
					u := b.upstream(name)
					if u.trips["v2"] != trip || !trip.IsSet() {
						t.Errorf("%s has another trip, or none is set", name)
					}
					r := u.record.Rollout
					if u.record.Split.Weights["v2"] != 0 || r.Phase != rollout.Reverted || r.Report == nil || r.Report.SecondsToZero == nil {
						t.Errorf("%s: %s: %s, split %v", name, r.Phase, r.Reason, u.record.Split)
					}
					if told := strings.HasPrefix(r.Reason, culprit+": "); told != (name != culprit) {
						t.Errorf("%s: %s", name, r.Reason)
					}
				}
				if r, err := b.GroupRollout("shop"); err != nil || r.State.Phase != rollout.Reverted || !strings.HasPrefix(r.State.Reason, culprit+": ") || !strings.Contains(r.State.Reason, "v2 failed") {
					t.Errorf("the group: %s: %s, %v", r.State.Phase, r.State.Reason, err)
				}
				told := map[string]bool{}
				for _, ev := range b.emitted() {
					if ev.Kind == EventRollout && ev.State == string(rollout.Reverted) && ev.Group == "shop" {
						told[ev.Upstream] = true
					}
				}
				if len(told) != 3 {
					t.Errorf("events tell of a revert of %v, want all", told)
				}
			})
		})
	}
}

// TestGroupWaitsForAll: what one member waits for, or holds for, all wait for.
func TestGroupWaitsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGroupBench(t, Options{Config: groupFile(2)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go trafficTo(ctx, b, "api", failing(), 10*time.Millisecond)
		b.startAll(t)
		b.startGroup(t, StartOptions{})
		time.Sleep(time.Minute)
		r, _ := b.GroupRollout("shop")
		if b.split("api").share("v2") != 0.1 || !strings.Contains(r.State.WaitsFor(), "web: hold: 0s to go; 0 of 20 requests") {
			t.Errorf("without requests of web: at %v, waits for %q", b.split("api"), r.State.WaitsFor())
		}
		if _, err := b.Command(t.Context(), "web", rollout.Pause, Meta{IfMatch: b.upstream("web").record.Revision}); err != nil {
			t.Errorf("pause of a member: %v", err)
		}
		if v, err := b.CommandGroup(t.Context(), "shop", rollout.Pause, Meta{}); err == nil {
			t.Errorf("pause again: %+v", v)
		} else {
			wantKind(t, err, Conflict)
		}
		go trafficTo(ctx, b, "web", failing(), 10*time.Millisecond)
		time.Sleep(time.Minute)
		if b.split("web").share("v2") != 0.1 {
			t.Errorf("paused, it went to %v", b.split("web"))
		}
		for _, e := range b.upstream("web").version("v2").endpoints {
			e.live.live.SetEjected(true)
		}
		time.Sleep(2 * time.Second)
		if r, _ := b.GroupRollout("shop"); r.State.Phase != rollout.Holding || !strings.HasPrefix(r.State.Reason, "web: holding: unusable") {
			t.Errorf("a member without endpoints: %s: %s", r.State.Phase, r.State.Reason)
		}
		for _, e := range b.upstream("web").version("v2").endpoints {
			e.live.live.SetEjected(false)
		}
		_, err := b.CommandGroup(t.Context(), "shop", rollout.Promote, Meta{})
		wantText(t, err, "upstream api: promote while paused: web: holding: unusable")
		for range 2 { // the hold first, then the pause
			if _, err := b.CommandGroup(t.Context(), "shop", rollout.Resume, Meta{}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		if b.split("web").share("v2") != 1 || b.split("api").share("v2") != 1 {
			t.Errorf("after both: %v and %v", b.split("api"), b.split("web"))
		}
		v, err := b.Command(t.Context(), "web", rollout.Abort, Meta{Author: "ann"})
		if err != nil || v.Name != "web" || v.Rollout != nil || v.Split["v2"].Share != 0 {
			t.Errorf("abort of a member = %+v, %v", v, err)
		}
		if r, _ := b.GroupRollout("shop"); r.State.Phase != rollout.Aborted {
			t.Errorf("the group: %s: %s", r.State.Phase, r.State.Reason)
		}
	})
}

// TestGroupInAnyOrder steers a group at random, with any of its members bad, out of
// endpoints or reloaded meanwhile. newGroupBench looks at each snapshot.
func TestGroupInAnyOrder(t *testing.T) {
	ends := map[rollout.Phase]int{}
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			draw := rand.New(rand.NewPCG(seed, 0))
			b := newGroupBench(t, Options{Config: groupFile(3)})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			bad := map[string]*faulty{"api": failing(), "web": failing(), "cart": failing()}
			groupTraffic(ctx, b, 3, bad)
			b.startAll(t)
			strategy := []string{canary, blueGreen}[seed%2]
			for range 40 {
				if r, err := b.GroupRollout("shop"); err != nil {
					_, _ = b.StartGroup(t.Context(), "shop", StartOptions{To: "v2", Strategy: strategy}, Meta{})
				} else if r.State.Phase.Ended() {
					ends[r.State.Phase]++
					break
				}
				name := groupNames[draw.IntN(3)]
				out := b.upstream(name).version("v2").endpoints[draw.IntN(2)].live.live
				switch draw.IntN(12) {
				case 0, 1, 2: // nothing happens
				case 3:
					_, _ = b.Command(t.Context(), name, rollout.Promote, Meta{})
				case 4:
					_, _ = b.Command(t.Context(), name, rollout.Pause, Meta{})
				case 5, 6:
					_, _ = b.CommandGroup(t.Context(), "shop", rollout.Resume, Meta{})
				case 7:
					out.SetEjected(true)
				case 8, 9:
					out.SetEjected(false)
				case 10:
					_, _ = b.Reload(t.Context(), groupFile(3))
				case 11:
					switch draw.IntN(4) {
					case 0:
						bad[name].add("v2")
					case 1:
						_, _ = b.CommandGroup(t.Context(), "shop", rollout.Abort, Meta{})
					case 2:
						_, _ = b.CommandGroup(t.Context(), "shop", rollout.PromoteFull, Meta{})
					}
				}
				time.Sleep(time.Duration(draw.IntN(2000)) * time.Millisecond)
			}
			synctest.Wait()
			if why := b.divided(); why != "" {
				t.Error(why)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if t.Logf("%v", ends); len(ends) != 3 {
		t.Errorf("they came to %v, want every end", ends)
	}
}

func TestGroupIsRefusedWhole(t *testing.T) {
	for _, tt := range []struct {
		name  string
		file  func(*config.Config)
		do    func(*bench) error // before
		start StartOptions
		kind  Kind
		want  string
	}{
		{name: "no such version in one", start: StartOptions{To: "v3"}, kind: NotFound,
			file: func(c *config.Config) {
				c.Upstreams[0].Versions = append(c.Upstreams[0].Versions, config.Version{Name: "v3", Endpoints: []config.Endpoint{{Address: "127.0.0.9:1", Weight: 1}}})
			},
			want: "upstream web: version v3 does not exist"},
		{name: "another stable in one", kind: Conflict,
			file: func(c *config.Config) {
				u := &c.Upstreams[1]
				u.Versions = append(u.Versions, config.Version{Name: "v0", Weight: 100, Endpoints: u.Versions[0].Endpoints})
				u.Stable, u.Versions[0].Weight = "v0", 0
			},
			want: "upstream web: v0 is stable, and v1 of api: want one version in all of group shop"},
		{name: "another share in one", kind: Conflict,
			do: func(b *bench) error {
				_, err := b.SetSplit(context.Background(), "web", map[string]float64{"v1": 95, "v2": 5}, Meta{})
				return err
			},
			want: "upstream web: v2 has 5%, and 0% of api: want one share in all of group shop, such as 0"},
		{name: "a rollout of one", kind: Conflict,
			do: func(b *bench) error {
				_, err := b.StartRollout(context.Background(), "web", StartOptions{To: "v2", ID: "alone"}, Meta{})
				return err
			},
			want: "upstream web: rollout alone from v1 to v2 is running"},
		{name: "no endpoint in one", kind: Conflict,
			file: func(c *config.Config) {
				for i := range c.Upstreams[1].Versions[1].Endpoints {
					c.Upstreams[1].Versions[1].Endpoints[i].State = "down"
				}
			},
			want: "upstream web: v2 has no usable endpoint"},
		{name: "no room in one", kind: Conflict,
			file: func(c *config.Config) { c.Upstreams[1].Versions[1].MaxConns = 1 },
			do: func(b *bench) error {
				for range 100 {
					b.upstream("web").version("v1").endpoints[0].live.live.Begin()
				}
				return nil
			},
			want: "upstream web: start: v2 can take 1% now, and would get 10%"},
		{name: "endpoint by endpoint", kind: Invalid, start: StartOptions{Strategy: "rolling"},
			want: "strategy rolling"},
		{name: "reverts in steps", kind: Invalid,
			file: func(c *config.Config) { c.Upstreams[0].Rollout.Revert.Mode = "stepped" },
			want: "group shop: rollout.revert.mode of api: stepped: a group goes back in one go: want instant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := groupFile(2)
				if tt.file != nil {
					tt.file(cfg)
				}
				b := newBench(t, Options{Config: cfg})
				b.startAll(t)
				synctest.Wait()
				if tt.do != nil {
					if err := tt.do(b); err != nil {
						t.Fatal(err)
					}
				}
				if tt.start.To == "" {
					tt.start.To = "v2"
				}
				generation := b.Status().Generation
				_, err := b.StartGroup(t.Context(), "shop", tt.start, Meta{})
				wantKind(t, err, tt.kind)
				wantText(t, err, tt.want)
				if run := b.upstream("api").record.Rollout; run != nil || b.Status().Generation != generation {
					t.Errorf("it was refused, and api has %+v", run)
				}
			})
		})
	}
}

// TestGatesOfAGroup are asked once, of its leader, and nobody moves before they are
// answered.
func TestGatesOfAGroup(t *testing.T) {
	for _, strategy := range []string{canary, blueGreen} {
		t.Run(strategy, func(t *testing.T) {
			cfg := groupFile(2)
			for i := range cfg.Upstreams {
				cfg.Upstreams[i].Rollout.Gates = gated(people("first", rollout.BeforeStart), people("last", rollout.BeforeSwitch)).Upstreams[0].Rollout.Gates
				cfg.Upstreams[i].Rollout.Steps = cfg.Upstreams[i].Rollout.Steps[2:]
			}
			b := newGroupBench(t, Options{Config: cfg})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			groupTraffic(ctx, b, 2, nil)
			b.startAll(t)
			b.startGroup(t, StartOptions{Strategy: strategy})
			for _, name := range []string{"first", "last"} {
				r := b.is(t, rollout.WaitingGate, name)
				until(t, func() string { // as soon as that is kept
					if web := b.upstream("web").rollout(); b.split("web").share("v2") != 0 || len(web.Plan.Gates) > 0 || !web.At(&r) {
						return fmt.Sprintf("while %s is asked web is at %v, %+v", name, b.split("web"), web)
					}
					return ""
				})
				if _, err := b.Approve(t.Context(), "web", name, true, Meta{}); err == nil {
					t.Error("web has been asked, too")
				}
				if _, err := b.Approve(t.Context(), "api", name, true, Meta{}); err != nil {
					t.Fatal(err)
				}
			}
			b.is(t, rollout.Baking, "")
			if b.split("web").share("v2") != 1 {
				t.Errorf("web is at %v", b.split("web"))
			}
		})
	}
}

// TestUsersOfAGroup: who is known by the same key in all members has one version of
// all of them, at every step.
func TestUsersOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := groupFile(2)
		for i := range cfg.Upstreams {
			cfg.Upstreams[i].Sticky = &config.Sticky{Header: "x-user-id"}
		}
		b := newGroupBench(t, Options{Config: cfg})
		b.startAll(t)
		synctest.Wait()
		b.startGroup(t, StartOptions{})
		for _, percent := range []float64{10, 50, 100} {
			if share := 100 * b.split("web").share("v2"); share != percent {
				t.Fatalf("web is at %v %%, want %v", share, percent)
			}
			if n := moved(b.homesIn("api"), b.homesIn("web")); len(n) > 0 {
				t.Errorf("at %v %%: users have one version of api and another of web: %v", percent, n)
			}
			if _, err := b.CommandGroup(t.Context(), "shop", rollout.Promote, Meta{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestGroupThatIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: groupFile(2)})
		b.startAll(t)
		_, err := b.StartGroup(t.Context(), "shopp", StartOptions{To: "v2"}, Meta{})
		wantKind(t, err, NotFound)
		wantText(t, err, "group shopp does not exist; there are shop")
		_, err = b.CommandGroup(t.Context(), "shop", rollout.Abort, Meta{})
		wantKind(t, err, Conflict)
		_, err = b.GroupRollout("shop")
		wantKind(t, err, NotFound)
		_, err = b.UndoGroup(t.Context(), "shop", Meta{})
		wantKind(t, err, Conflict)
		// One of them may move alone, and then the group has nothing in common.
		if _, err := b.StartRollout(t.Context(), "web", StartOptions{To: "v2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		_, err = b.CommandGroup(t.Context(), "shop", rollout.Abort, Meta{})
		wantKind(t, err, Conflict)
		if _, err := b.Command(t.Context(), "web", rollout.Abort, Meta{}); err != nil {
			t.Error(err)
		}
	})
}

// TestGroupUndoIsRefusedWhole when a member cannot go back, or would go elsewhere.
func TestGroupUndoIsRefusedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGroupBench(t, Options{Config: groupFile(2)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		groupTraffic(ctx, b, 2, nil)
		b.startAll(t)
		b.startGroup(t, StartOptions{})
		_, err := b.UndoGroup(t.Context(), "shop", Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "rollout shop-2 from v1 to v2 is running")
		time.Sleep(20 * time.Second)
		for _, e := range b.upstream("web").version("v1").endpoints {
			e.live.live.SetEjected(true)
		}
		b.upstream("web").version("v1").group.Rebuild()
		_, err = b.UndoGroup(t.Context(), "shop", Meta{})
		wantKind(t, err, Conflict)
		wantText(t, err, "upstream web: revision 1 has v1 as stable, which has no usable endpoint")
		if s := b.split("api"); s.Stable != "v2" {
			t.Errorf("api is at %v", s)
		}
	})
}

// TestGroupReload: a file that changes a group whose rollout runs is refused whole.
func TestGroupReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newGroupBench(t, Options{Config: groupFile(2)})
		b.startAll(t)
		b.startGroup(t, StartOptions{})
		without := groupFile(2)
		without.Groups = nil
		more := groupFile(3)
		fewer := groupFile(1)
		for _, tt := range []struct {
			file *config.Config
			want string
		}{
			{without, "groups.shop: removed, but rollout shop-2 of the group is running: abort it first"},
			{more, "groups.shop: changed, but rollout shop-2 of the group is running: abort it first"},
			{fewer, "upstreams.web: removed, but rollout shop-2 from v1 to v2 is running: abort it first"},
		} {
			_, err := b.Reload(t.Context(), tt.file)
			wantKind(t, err, Invalid)
			wantText(t, err, tt.want)
		}
		if _, err := b.Reload(t.Context(), groupFile(2)); err != nil {
			t.Errorf("the same file again: %v", err)
		}
		if _, err := b.CommandGroup(t.Context(), "shop", rollout.Abort, Meta{}); err != nil {
			t.Fatal(err)
		}
		b.each = nil
		if _, err := b.Reload(t.Context(), without); err != nil {
			t.Errorf("after the abort: %v", err)
		}
	})
}

func groupStory(t *testing.T, at int, how cut, good bool) (came bool) {
	disk := state.NewMemory()
	store := &cutStore{Store: disk, at: at, how: how}
	groupRun(t, store, good)
	if !store.came {
		return false
	}
	if all := kept(t, disk); len(all) == 2 {
		one, other := all["api"].running(), all["web"].running()
		if (one == nil) != (other == nil) || one != nil && !one.At(other) || all["api"].Split.share("v2") != all["web"].Split.share("v2") {
			t.Errorf("kept: api at %v with %+v, web at %v with %+v", all["api"].Split, one, all["web"].Split, other)
		}
	}
	if store.gone.Load() {
		groupRun(t, &cutStore{Store: disk}, good)
	}
	return true
}

// groupRun is one process, to the end of the rollout or its own.
func groupRun(t *testing.T, store *cutStore, good bool) {
	b := newGroupBench(t, Options{Config: groupFile(2), Store: store})
	if store.gone.Load() {
		return
	}
	ctx, end := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- b.Run(ctx) }()
	bad := failing()
	for _, name := range groupNames[:2] {
		go trafficTo(ctx, b, name, map[bool]*faulty{true: bad, false: failing()}[name == "web"], 50*time.Millisecond)
	}
	defer func() { end(); <-over }()
	for range 4 * 180 {
		time.Sleep(250 * time.Millisecond)
		if store.gone.Load() {
			return
		}
		if !good && b.split("api").share("v2") == 0.5 {
			bad.add("v2")
		}
		r, err := b.GroupRollout("shop")
		switch {
		case err != nil:
			_, err := b.StartGroup(ctx, "shop", StartOptions{To: "v2"}, Meta{})
			if refusal, ok := errors.AsType[*Refusal](err); err != nil && (!ok || refusal.Kind != Unavailable && refusal.Kind != Conflict) {
				t.Errorf("start: %v", err)
			}
		case !r.State.Phase.Ended():
		case good && r.State.Phase == rollout.Succeeded, !good && r.State.Phase == rollout.Reverted:
			if b.Status().State.OK {
				return
			}
		default:
			t.Errorf("it was %s: %s", r.State.Phase, r.State.Reason)
			return
		}
	}
	t.Error("three minutes later it goes on still")
}

// TestGroupThatWasKeptApart, as no Weir leaves it: everything goes back.
func TestGroupThatWasKeptApart(t *testing.T) {
	for _, tt := range []struct {
		name string
		harm func(held map[string][]byte)
		file *config.Config
		want string
	}{
		{"a record is lost", func(held map[string][]byte) { held["upstream/web"] = nil }, groupFile(2), "group: web is not where it was with the others"},
		{"a record is of another place", func(held map[string][]byte) {
			held["upstream/web"] = []byte(strings.ReplaceAll(string(held["upstream/web"]), `"step":0`, `"step":1`))
		}, groupFile(2), "group: web is not where it was with the others"},
		{"an upstream is gone", func(map[string][]byte) {}, fileConfig(groupFile(2).Upstreams[0]), "group: web is not in the file any more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := state.NewMemory()
				b := newGroupBench(t, Options{Config: groupFile(2), Store: &cutStore{Store: disk}})
				b.startAll(t)
				b.startGroup(t, StartOptions{})
				held, _ := disk.Load()
				tt.harm(held)
				other := state.NewMemory()
				if err := other.Save(held); err != nil {
					t.Fatal(err)
				}
				again := newBench(t, Options{Config: tt.file, Store: other})
				for _, u := range again.current.Load().upstreams {
					if u.record.running() != nil || u.record.Split.Weights["v2"] != 0 {
						t.Errorf("%s: %v with %+v", u.name(), u.record.Split, u.record.Rollout)
					}
				}
				r := again.upstream("api").record
				if r.Rollout.Phase != rollout.Aborted || r.Rollout.Reason != tt.want || r.History[0].Reason != tt.want {
					t.Errorf("api: %s: %s, %+v", r.Rollout.Phase, r.Rollout.Reason, r.History[0])
				}
			})
		})
	}
}
