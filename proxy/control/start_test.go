package control

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

func TestStartServesWhatCannotBeRead(t *testing.T) {
	fine := firstRecord(split{"v1", weights{"v1": 1, "v2": 1}})
	tests := []struct {
		name string
		held map[string][]byte
	}{
		{"nothing", nil},
		{"no JSON", map[string][]byte{"upstream/api": []byte("\x00\x01")}},
		{"another format", map[string][]byte{"upstream/api": []byte(`{"format":99}`)}},
		{"of another upstream", map[string][]byte{"upstream/other": fine.encode()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := state.NewMemory()
			if err := store.Save(tt.held); err != nil {
				t.Fatal(err)
			}
			b := newBench(t, Options{Config: oneUpstream(), Store: store})
			if diff := cmp.Diff(onlyWeights(90, 10), b.split("api")); diff != "" {
				t.Errorf("split (-want +got):\n%s", diff)
			}
			if st := b.Status(); !st.State.OK || st.Generation != 1 {
				t.Errorf("status = %+v", st)
			}
			if kept(t, store)["api"].Revision != 1 {
				t.Error("the start was not kept")
			}
		})
	}
}

// TestStartWithABrokenRollout: the split that was kept serves; the rollout that
// cannot be gone on with does not bring the process down.
func TestStartWithABrokenRollout(t *testing.T) {
	s, _ := rollout.New("r1", rollout.Plan{Strategy: "canary", From: "v1", To: "v2", Steps: []rollout.PlanStep{{Percent: 30}}}, 10, time.Now())
	s.Step = 99
	r := firstRecord(fileSplit(&oneUpstream().Upstreams[0]))
	r.Rollout = &s
	r = r.revise(onlyWeights(70, 30), cause{Source: SourceRollout, Rollout: &s})
	store := state.NewMemory()
	if err := store.Save(map[string][]byte{"upstream/api": r.encode()}); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: oneUpstream(), Store: store})
		b.startAll(t)
		time.Sleep(time.Minute)
		v, _ := b.Upstream("api")
		if diff := cmp.Diff(onlyWeights(70, 30), b.split("api")); diff != "" || v.Rollout != nil || len(v.Guards) != 1 || v.Revision != 2 {
			t.Errorf("split (-want +got):\n%s\nrollout %+v, %d guards, revision %d", diff, v.Rollout, len(v.Guards), v.Revision)
		}
		if held(t, store)["set-aside/upstream/api"] != string(r.encode()) {
			t.Error("the record with the rollout is lost")
		}
	})
}

// TestRestartContinuesARollout: split, revision, rollout and step are what they
// were, and its candidate is judged at once.
func TestRestartContinuesARollout(t *testing.T) {
	store := state.NewMemory()
	b := newBench(t, Options{Config: oneUpstream(), Store: store})
	b.startWriter(t)
	s := b.startRollout(t, "v2")
	s.Step = 1
	if _, err := b.step(t, s, rollout.SetPercent, 50, rollout.Progressing, false); err != nil {
		t.Fatal(err)
	}
	again := newBench(t, Options{Config: oneUpstream(), Store: store})
	if diff := cmp.Diff(string(b.upstream("api").record.encode()), string(again.upstream("api").record.encode())); diff != "" {
		t.Errorf("record after the restart (-before +after):\n%s", diff)
	}
	br := again.host("api").Brief()
	if br.Rollout == nil || br.Rollout.State.Step != 1 || br.Rollout.Trip == nil {
		t.Errorf("brief after the restart = %+v", br)
	}
	if v := again.upstream("api").proxied.Versions[1]; !v.Shielded {
		t.Error("the candidate is not shielded after the restart")
	}
	if v, _ := again.Upstream("api"); v.Rollout == nil || v.Rollout.Step != 1 {
		t.Errorf("view after the restart = %+v", v.Rollout)
	}
}

// TestStoreThatComesLater: what a locked store held is taken into account when
// it can be opened at last, as the start would have done.
func TestStoreThatComesLater(t *testing.T) {
	for _, moved := range []bool{false, true} {
		name := map[bool]string{false: "nothing happened meanwhile", true: "reverted meanwhile"}[moved]
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := state.NewMemory()
				kept50 := firstRecord(onlyWeights(90, 10)).revise(onlyWeights(50, 50), cause{Source: SourceAPI}).
					withOverride("v1", "127.0.0.0:3000", override{State: "drain"})
				if err := store.Save(map[string][]byte{"upstream/api": kept50.encode()}); err != nil {
					t.Fatal(err)
				}
				locked := errors.New("another process has it locked")
				var free atomic.Bool
				b := newBench(t, Options{
					Config:   oneUpstream(),
					StoreErr: locked,
					Reopen: func() (state.Store, error) {
						if !free.Load() {
							return nil, locked
						}
						return store, nil
					},
				})
				b.startWriter(t)
				if st := b.Status().State; st.OK || st.Error != locked.Error() {
					t.Errorf("status = %+v", st)
				}
				_, err := b.SetSplit(t.Context(), "api", weights{"v1": 1}, Meta{})
				wantKind(t, err, Unavailable)
				if diff := cmp.Diff(onlyWeights(90, 10), b.split("api")); diff != "" {
					t.Errorf("split while locked (-want +got):\n%s", diff)
				}
				if moved {
					g := b.host("api").Brief().Guards[0]
					g.State.Phase = rollout.Reverted
					if _, err := b.host("api").Commit(t.Context(), rollout.Change{State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true}); err != nil {
						t.Fatal(err)
					}
				}
				free.Store(true)
				time.Sleep(20 * time.Second) // more than the longest pause
				synctest.Wait()
				want, revision := onlyWeights(50, 50), uint64(2)
				if moved {
					want, revision = onlyWeights(100, 0), 3
				}
				if diff := cmp.Diff(want, b.split("api")); diff != "" {
					t.Errorf("split (-want +got):\n%s", diff)
				}
				v, _ := b.Upstream("api")
				if v.Revision != revision || v.Versions[0].Endpoints[0].State != "drain" || !b.Status().State.OK {
					t.Errorf("revision %d, want %d; endpoint %+v; state %+v", v.Revision, revision, v.Versions[0].Endpoints[0], b.Status().State)
				}
				if got := kept(t, store)["api"]; got.Revision != revision || !got.Split.equal(want) {
					t.Errorf("kept = %+v", got)
				}
				if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1}, Meta{}); err != nil {
					t.Errorf("a change after the recovery: %v", err)
				}
			})
		})
	}
}

// TestStoreThatComesAtTheVeryEnd: a store that is being opened when the process
// stops still gets what waits for it, numbered behind what it held.
func TestStoreThatComesAtTheVeryEnd(t *testing.T) {
	store := state.NewMemory()
	kept50 := firstRecord(onlyWeights(90, 10)).revise(onlyWeights(50, 50), cause{Source: SourceAPI})
	if err := store.Save(map[string][]byte{"upstream/api": kept50.encode()}); err != nil {
		t.Fatal(err)
	}
	opening, open := make(chan struct{}), make(chan struct{})
	b := newBench(t, Options{
		Config:   oneUpstream(),
		StoreErr: errors.New("another process has it locked"),
		Reopen: func() (state.Store, error) {
			close(opening)
			<-open
			return store, nil
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-opening
	g := b.host("api").Brief().Guards[0]
	g.State.Phase = rollout.Reverted
	if _, err := b.host("api").Commit(t.Context(), rollout.Change{State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true}); err != nil {
		t.Fatal(err)
	}
	stop()
	close(open)
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if got := kept(t, store)["api"]; got.Revision != 3 || !got.Split.equal(onlyWeights(100, 0)) {
		t.Errorf("kept = %+v, want the revert as revision 3", got)
	}
}

// TestWhatCannotBeReadIsSetAside: a Weir that is rolled back must not destroy what
// the newer one kept.
func TestWhatCannotBeReadIsSetAside(t *testing.T) {
	newer := []byte(`{"format":99,"split":"in another way"}`)
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := state.NewMemory()
			if err := store.Save(map[string][]byte{"upstream/api": newer}); err != nil {
				t.Fatal(err)
			}
			o := Options{Config: oneUpstream(), Store: store}
			if late {
				o.Store, o.StoreErr = nil, errors.New("another process has it locked")
				o.Reopen = func() (state.Store, error) { return store, nil }
			}
			b := newBench(t, o)
			b.startWriter(t)
			time.Sleep(time.Second)
			synctest.Wait()
			got := held(t, store)
			if got["set-aside/upstream/api"] != string(newer) {
				t.Errorf("late %v: the store holds %q, want what could not be read beside the rest", late, got)
			}
			if r := kept(t, store)["api"]; r == nil || r.Revision != 1 {
				t.Errorf("late %v: kept = %+v, want the start", late, r)
			}
		})
	}
}

func TestStoreThatCannotBeReadIsGivenUp(t *testing.T) {
	b := newBench(t, Options{Config: oneUpstream(), Store: unreadable{}})
	if st := b.Status().State; st.OK || st.Error == "" {
		t.Errorf("status = %+v", st)
	}
	if n, _ := b.published(); n != 1 {
		t.Errorf("published %d snapshots, want 1", n)
	}
}

type unreadable struct{ state.Store }

func (unreadable) Load() (map[string][]byte, error) { return nil, state.ErrDamaged }
func (unreadable) Close() error                     { return nil }
