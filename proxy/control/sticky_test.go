package control

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/balancer"
	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
	"weir/proxy/control/state"
)

func TestFileToSticky(t *testing.T) {
	u := mapped(t, everyValue).upstream("api")
	live := &proxy.StickyLive{}
	want := proxy.StickyOptions{Live: live, Cookie: &proxy.AffinityCookie{
		Name: "u", Path: "/q", Domain: "e.test", Expires: 2 * time.Hour, HTTPOnly: true, SameSite: "Lax",
	}}
	if diff := cmp.Diff(want, stickyOptions(u.config.Sticky, live), cmp.Comparer(func(a, b *proxy.StickyLive) bool { return a == b })); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if u.proxied.Sticky == nil || !u.proxied.Split.HasKeys() {
		t.Error("the split does not go by keys")
	}
	for text, want := range map[string]proxy.StickyOptions{"{header: X-User-Id}": {Header: "x-user-id"}, "{ip: true}": {IP: true}} {
		cfg, err := config.Parse("weir.yaml", []byte(strings.Replace(everyValue, "    sticky: {cookie: ", "    sticky: "+text+" # ", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, stickyOptions(cfg.Upstreams[0].Sticky, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	without := mapped(t, strings.Replace(everyValue, "    sticky: ", "    # ", 1)).upstream("api").proxied
	if without.Sticky != nil || without.Split.HasKeys() {
		t.Error("keys that the file does not have")
	}
}

func TestFileToPins(t *testing.T) {
	want := []proxy.Pin{
		{Version: "v3", Header: "x-version", Value: "Next", From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}},
		{Version: "v2", Cookie: "preview", Value: "a"},
	}
	got := mapped(t, everyValue).upstream("api").proxied.Pins
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// keyed is an upstream of three versions whose users are known.
func keyed() *config.Config {
	u := upstreamConfig("api", ver{"v1", 60, 1}, ver{"v2", 10, 1}, ver{"v3", 30, 1})
	u.Sticky = &config.Sticky{Header: "x-user-id"}
	return fileConfig(u)
}

// homes is where 2000 users are.
func (b *bench) homes() map[string]string { return b.homesIn("api") }

func (b *bench) homesIn(name string) map[string]string {
	u := b.upstream(name)
	out := map[string]string{}
	for i := range 2000 {
		user := fmt.Sprint("user-", i)
		out[user] = u.versions[u.proxied.Split.Choose(&balancer.Ask{Sticky: []byte(user)})].name
	}
	return out
}

func moved(before, now map[string]string) map[string]int {
	out := map[string]int{}
	for user, v := range before {
		if now[user] != v {
			out[v+" to "+now[user]]++
		}
	}
	return out
}

// TestUsersDuringARollout: steps, a restart, a reload and the end move users only as the
// rollout says, and only between its versions.
func TestUsersDuringARollout(t *testing.T) {
	store := state.NewMemory()
	b := newBench(t, Options{Config: keyed(), Store: store})
	b.startWriter(t)
	settled := b.homes()
	run := b.startRollout(t, "v2") // at 50 %: the step of 10 % is below what v2 had
	was := b.homes()
	only := func(when string, now map[string]string, allowed ...string) {
		t.Helper()
		for how, n := range moved(was, now) {
			if len(allowed) == 0 || how != allowed[0] {
				t.Fatalf("%s: %d users moved from %s", when, n, how)
			}
		}
		was = now
	}
	for _, percent := range []float64{60, 80} {
		if _, err := b.step(t, run, rollout.SetPercent, percent, rollout.Progressing, false); err != nil {
			t.Fatal(err)
		}
		only(fmt.Sprint("at ", percent, " %"), b.homes(), "v1 to v2")
	}
	again := newBench(t, Options{Config: keyed(), Store: store})
	only("after a restart", again.homes())
	cfg := keyed()
	cfg.Upstreams[0].Timeouts.Connect = time.Second
	if _, err := b.Reload(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	only("after a reload", b.homes())
	if _, err := b.step(t, run, rollout.SetPercent, 100, rollout.Progressing, false); err != nil {
		t.Fatal(err)
	}
	only("at 100 %", b.homes(), "v1 to v2")
	if _, err := b.step(t, run, rollout.Finish, 100, rollout.Succeeded, false); err != nil {
		t.Fatal(err)
	}
	only("at the end", b.homes())
	for user, v := range settled {
		if v == "v3" != (was[user] == "v3") {
			t.Fatalf("%s was in %s before the rollout and is in %s after", user, v, was[user])
		}
	}
	only("after another restart", newBench(t, Options{Config: keyed(), Store: store}).homes())
}

// TestUsersAfterARevert are back, those who have moved, and nobody else has.
func TestUsersAfterARevert(t *testing.T) {
	b := newBench(t, Options{Config: keyed()})
	b.startWriter(t)
	settled := b.homes()
	run := b.startRollout(t, "v2")
	if _, err := b.step(t, run, rollout.SetPercent, 80, rollout.Progressing, false); err != nil {
		t.Fatal(err)
	}
	most := b.homes()
	if _, err := b.step(t, run, rollout.Revert, 0, rollout.Reverted, true); err != nil {
		t.Fatal(err)
	}
	now := b.homes()
	for user, v := range now {
		if want := map[bool]string{true: "v1", false: most[user]}[most[user] == "v2"]; v != want {
			t.Fatalf("%s was in %s, then in %s, and is in %s, want %s", user, settled[user], most[user], v, want)
		}
	}
}

// TestRolloutIDSaysWhoIsFirst: started again under the same id it has the same users.
func TestRolloutIDSaysWhoIsFirst(t *testing.T) {
	cfg := func() *config.Config {
		c := keyed()
		c.Upstreams[0].Versions[0].Weight, c.Upstreams[0].Versions[1].Weight = 70, 0
		return c
	}
	first := func(id string) map[string]string {
		b := newBench(t, Options{Config: cfg()})
		b.startAll(t)
		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v2", ID: id}, Meta{}); err != nil {
			t.Fatal(err)
		}
		return b.homes()
	}
	a, again, other := first("spring"), first("spring"), first("summer")
	if n := moved(a, again); len(n) > 0 {
		t.Errorf("the same id has other users: %v", n)
	}
	if n := moved(a, other)["v2 to v1"]; n < 80 {
		t.Errorf("%d users are first in one rollout and not in another, want most of 140", n)
	}
}

// TestBegins: what is known of failed users is forgotten when something new is judged,
// and only then.
func TestBegins(t *testing.T) {
	b := newBench(t, Options{Config: keyed()})
	b.startWriter(t)
	was := b.upstream("api")
	check := func(what string, want bool) {
		t.Helper()
		now := b.upstream("api")
		if got := now.begins(was); got != want {
			t.Errorf("%s: begins %v, want %v", what, got, want)
		}
		was = now
	}
	drain := "drain"
	if _, err := b.SetEndpoint(t.Context(), "api", was.versions[0].endpoints[0].address, EndpointPatch{State: &drain}, Meta{}); err != nil {
		t.Fatal(err)
	}
	check("an endpoint", false)
	run := b.startRollout(t, "v2")
	check("a rollout", true)
	if _, err := b.step(t, run, rollout.SetPercent, 60, rollout.Progressing, false); err != nil {
		t.Fatal(err)
	}
	check("its step", false)
	if _, err := b.step(t, run, rollout.Revert, 0, rollout.Reverted, true); err != nil {
		t.Fatal(err)
	}
	check("its end, with the guard of v3 as before", false)
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 50, "v2": 20, "v3": 30}, Meta{}); err != nil {
		t.Fatal(err)
	}
	check("new weights, and guards for them", true)
}

// TestRecordWithoutLayout: one that an older Weir has kept, in the middle of a rollout.
func TestRecordWithoutLayout(t *testing.T) {
	s, _ := rollout.New("r1", rollout.Plan{Strategy: "canary", From: "v1", To: "v2", Steps: []rollout.PlanStep{{Percent: 50}}}, 20, time.Now())
	r := firstRecord(split{"v1", weights{"v1": 40, "v2": 40, "v3": 20}})
	r.Rollout, r.Layout = &s, nil
	want := balancer.NewLayout(weights{"v1": 64, "v2": 16, "v3": 20})
	if diff := cmp.Diff(want, r.layout()); diff != "" {
		t.Errorf("as it was before the rollout (-want +got):\n%s", diff)
	}
}

// TestGuardDuringARollout: a third version that is reverted meanwhile keeps no users, also
// not after a restart, when nothing remembers its trip.
func TestGuardDuringARollout(t *testing.T) {
	b := newBench(t, Options{Config: keyed()})
	b.startWriter(t)
	b.startRollout(t, "v2")
	before := b.homes()
	br := b.host("api").Brief()
	if len(br.Guards) != 1 || br.Guards[0].State.Plan.To != "v3" {
		t.Fatalf("guards %+v, want one of v3", br.Guards)
	}
	g := br.Guards[0]
	g.State.Phase, g.State.Reason = rollout.Reverted, "worse: much"
	_, err := b.host("api").Commit(t.Context(), rollout.Change{
		Base: br.Revision, State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true, Source: "guard", Reason: g.State.Reason,
	})
	if err != nil {
		t.Fatal(err)
	}
	now := b.homes()
	for user, v := range now {
		if v == "v3" {
			t.Fatalf("%s, who was in %s, is in v3", user, before[user])
		}
	}
	store := state.NewMemory() // the writer's own comes later, after a move for safety
	if err := store.Save(map[string][]byte{upstreamKey("api"): b.upstream("api").record.encode()}); err != nil {
		t.Fatal(err)
	}
	if n := moved(now, newBench(t, Options{Config: keyed(), Store: store}).homes()); len(n) > 0 {
		t.Errorf("a restart has moved users: %v", n)
	}
}
