//go:build !race

package e2e

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shop is a page that comes from two upstreams, in a group.
type shop struct {
	*weir
	v1, v2 map[string]*backend // by upstream
}

// shopMembers are the upstreams, each behind a host of its name.
var shopMembers = []string{"api", "web"}

func newShop(t *testing.T, extra string) *shop {
	t.Helper()
	s := &shop{weir: newWeir(t), v1: map[string]*backend{}, v2: map[string]*backend{}}
	var b strings.Builder
	fmt.Fprintf(&b, "listeners: [{name: web, address: %q}]\nadmin: {address: %q}\nstate: ./state\nupstreams:\n", s.web, s.admin)
	for _, name := range shopMembers {
		v1, v2 := newBackend(t), newBackend(t)
		s.v1[name], s.v2[name] = v1, v2
		// Five failures in a row take an endpoint out: a verdict comes first with several.
		fmt.Fprintf(&b, "  %s:\n    stable: v1\n    expose_version: true\n    versions:\n      v1: {weight: 100, endpoints: [%q]}\n      v2: {weight: 0, endpoints: [%s]}\n    %s\n",
			name, v1.addr, quoted([]string{v2.addr, v2.another(t), v2.another(t)}), extra)
	}
	b.WriteString("groups: {shop: {upstreams: [api, web]}}\nroutes:\n  - {host: api.example, path: /, upstream: api}\n  - {host: web.example, path: /, upstream: web}\n")
	s.writeText(b.String())
	s.start()
	return s
}

// groupAnswer is what the tests read of a group's rollout.
type groupAnswer struct {
	rolloutAnswer
	Parts []struct {
		Upstream string
		Rollout  rolloutAnswer
	}
}

func (s *shop) groupIs(state string) (r groupAnswer) {
	s.t.Helper()
	s.eventually("the group's rollout "+state, func() bool {
		r = groupAnswer{}
		status, _ := s.call("GET", "/v1/groups/shop/rollout", "", &r)
		return status == http.StatusOK && r.State == state
	})
	return r
}

// together demands one split of all members, and returns the candidate's share.
func (s *shop) together() float64 {
	s.t.Helper()
	var g struct{ Upstreams []upstreamAnswer }
	s.must("GET", "/v1/groups/shop", "", &g)
	first := g.Upstreams[0]
	for _, u := range g.Upstreams[1:] {
		if u.Stable != first.Stable || u.Split["v2"].Share != first.Split["v2"].Share {
			s.t.Errorf("%s is at %v of v2 with %s stable, %s at %v with %s",
				first.Name, first.Split["v2"].Share, first.Stable, u.Name, u.Split["v2"].Share, u.Stable)
		}
	}
	return first.Split["v2"].Share
}

// pages is people who load the page again and again: a request to web, and when it has
// been answered one to api. Some of them write instead of reading.
type pages struct {
	stop chan struct{}
	all  sync.WaitGroup
	n    atomic.Int64

	mu    sync.Mutex
	shots []shot
}

func (s *shop) visited(people, writing int) *pages {
	p := &pages{stop: make(chan struct{})}
	for i := range people {
		method, body := http.MethodGet, []byte(nil)
		if i < writing {
			method, body = http.MethodPost, payload(i)
		}
		p.all.Go(func() {
			c := &client{addr: s.web, host: "web.example"}
			defer c.close()
			for page := 0; ; page++ {
				select {
				case <-p.stop:
					return
				case <-time.After(time.Millisecond):
				}
				for _, name := range []string{"web", "api"} {
					c.host = name + ".example"
					shot := c.do(fmt.Sprintf("%s-%d-%d", name, i, page), method, body, time.Now())
					p.mu.Lock()
					p.shots = append(p.shots, shot)
					p.mu.Unlock()
				}
				p.n.Add(1)
			}
		})
	}
	s.t.Cleanup(func() { p.end() })
	return p
}

// more waits for so many more pages.
func (p *pages) more(t *testing.T, n int64) {
	t.Helper()
	end := p.n.Load() + n
	eventually(t, "more pages", func() bool { return p.n.Load() > end })
}

func (p *pages) end() []shot {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.all.Wait()
	return p.shots
}

// oneInstant demands that there is an instant before which nobody was answered by the
// version, and after which nobody else was: that no request which began after another
// one's answer of it had anything else, whatever upstream either was to.
func oneInstant(t *testing.T, shots []shot, version string) {
	t.Helper()
	first := shot{done: time.Unix(math.MaxInt32, 0)}
	for _, s := range shots {
		if s.version == version && s.done.Before(first.done) {
			first = s
		}
	}
	after := map[string]int{}
	for _, s := range shots {
		if !s.sent.After(first.done) {
			continue
		}
		after[s.id[:3]]++
		if s.version != version {
			t.Errorf("%v, though before it was sent %v", s, first)
			return
		}
	}
	if after["api"] < 100 || after["web"] < 100 {
		t.Errorf("%v requests after the first answer of %s prove nothing", after, version)
	}
}

// Promise: all of a group switch at one instant, and back at another: no page has one
// part of the new version and then another of the old one.
func TestGroupSwitchesAtOnce(t *testing.T) {
	s := newShop(t, `rollout: {strategy: blue_green, bake: 10m, blue_green: {approval: true}}`)
	p := s.visited(16, 0)
	p.more(t, 200)
	s.does("rollout", "start", "shop", "--to", "v2", "--reason", "both")
	s.groupIs("waiting_gate")
	out := s.does("rollout", "promote", "shop")
	if !strings.HasPrefix(out, "shop: rollout shop-2 (blue_green) v1 to v2") || !strings.Contains(out, "\n  web: revision 2, stable v1, v1=0% v2=100%\n") {
		t.Errorf("promote says\n%s", out)
	}
	p.more(t, 1000)
	there := p.end()
	noFailures(t, there)
	oneInstant(t, there, "v2")

	p = s.visited(16, 0)
	p.more(t, 200)
	s.must("POST", "/v1/groups/shop/rollout/abort", "", nil)
	p.more(t, 1000)
	back := p.end()
	noFailures(t, back)
	oneInstant(t, back, "v1")
	if share := s.together(); share != 0 {
		t.Errorf("after the abort v2 has %v", share)
	}
}

// Promise: one bad member takes all back, and nobody who reads sees it fail.
func TestOneBadMemberOfAGroup(t *testing.T) {
	t.Parallel()
	s := newShop(t, ramp)
	p := s.visited(16, 0)
	p.more(t, 200)
	s.v2["web"].fails(500)
	s.does("rollout", "start", "shop", "--to", "v2")
	r := s.groupIs("reverted")
	p.more(t, 200)
	noFailures(t, p.end())
	if s.together() != 0 || !strings.HasPrefix(r.Reason, "web: ") || r.Report == nil || r.Report.UserErrors != 0 || r.Report.SecondsToZero == nil {
		t.Errorf("reverted: %+v, report %+v", r.rolloutAnswer, r.Report)
	}
	for _, part := range r.Parts {
		if part.Rollout.State != "reverted" || part.Rollout.Weight != 0 {
			t.Errorf("%s: %+v", part.Upstream, part.Rollout)
		}
	}
	t.Logf("weight 0 in all after %.0f ms: %s", 1000**r.Report.SecondsToZero, r.Reason)
}

// Promise: writes of all members are held over the switch of any: none of them fails, is
// sent twice, or is done by an old version after a new one has done one.
func TestWritesOfAGroupAreHeld(t *testing.T) {
	s := newShop(t, `rollout: {strategy: blue_green, bake: 10m, write_hold: {max: 10s}}`)
	for _, v1 := range s.v1 { // the drain takes a moment, in which writes come to wait
		v1.does(func(_ int, r *http.Request) reply {
			if r.Method == http.MethodPost {
				return reply{delay: 200 * time.Millisecond}
			}
			return reply{}
		})
	}
	p := s.visited(16, 8)
	p.more(t, 200)
	s.must("POST", "/v1/groups/shop/rollout", `{"to":"v2"}`, nil)
	s.groupIs("baking")
	p.more(t, 1500)
	shots := p.end()
	noFailures(t, shots)
	oneInstant(t, shots, "v2")
	postsOnce(t, shots, s.v1["api"], s.v2["api"], s.v1["web"], s.v2["web"])
	var last, first time.Time // write of an old version, and of a new one
	for _, name := range shopMembers {
		for _, r := range s.v1[name].received() {
			if r.method == http.MethodPost && r.done.After(last) {
				last = r.done
			}
		}
		for _, r := range s.v2[name].received() {
			if r.method == http.MethodPost && (first.IsZero() || r.at.Before(first)) {
				first = r.at
			}
		}
	}
	if first.Before(last) {
		t.Errorf("a new version began a write %v before an old one had ended its last", last.Sub(first))
	}
	t.Logf("the first write of a new version began %v after the last of an old one", first.Sub(last))
}

// Promise: a member whose writes do not end keeps all from the switch, and their writes
// go on when the hold has had its time.
func TestGroupWhoseWritesDoNotEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t, `rollout: {strategy: blue_green, bake: 10m, write_hold: {max: 500ms, on_expiry: release}}`)
	ended := make(chan struct{})
	s.v1["web"].does(func(n int, r *http.Request) reply {
		if n == 1 {
			return reply{until: ended}
		}
		return reply{}
	})
	long := make(chan shot, 1)
	go func() {
		c := &client{addr: s.web, host: "web.example"}
		defer c.close()
		long <- c.do("long", http.MethodPost, payload(1), time.Now())
	}()
	s.eventually("the write that does not end", func() bool { return s.v1["web"].count() == 1 })
	p := s.visited(8, 4)
	p.more(t, 50)
	s.must("POST", "/v1/groups/shop/rollout", `{"to":"v2"}`, nil)
	r := s.groupIs("aborted")
	if !strings.Contains(r.Reason, "write_hold: ") || !strings.Contains(r.Reason, "web: ") || s.together() != 0 {
		t.Errorf("aborted: %s", r.Reason)
	}
	p.more(t, 50)
	close(ended)
	noFailures(t, append(p.end(), receive(t, "the long write's answer", long)))
	if n := s.v2["api"].count() + s.v2["web"].count(); n != 0 {
		t.Errorf("%d requests were at v2, want none", n)
	}
}

// Promise: kill -9 at any moment leaves all members at one place, and they go on.
func TestGroupSurvivesKills(t *testing.T) {
	t.Parallel()
	var steps []string
	for percent := 20; percent <= 100; percent += 20 {
		steps = append(steps, fmt.Sprintf("{weight: %d%%, hold: 200ms}", percent))
	}
	s := newShop(t, "rollout: {strategy: canary, min_requests: 1, bake: 1s, steps: ["+strings.Join(steps, ", ")+"]}")
	p := s.visited(4, 0)
	s.does("rollout", "start", "shop", "--to", "v2")
	at := 0.2
	for kill := range 2 {
		s.eventually("a move", func() bool { return s.together() > at })
		s.kill()
		s.start()
		now := s.together()
		if now < at {
			t.Errorf("kill %d: %v of v2 after the restart, it was at %v", kill+1, now, at)
		}
		at = now
	}
	s.groupIs("succeeded")
	if s.together() != 1 {
		t.Error("succeeded, and not all is on v2")
	}
	p.more(t, 20)
	p.end() // what was under way at a kill has failed
	for _, name := range shopMembers {
		var h struct{ Revisions []revisionAnswer }
		s.must("GET", "/v1/upstreams/"+name+"/history", "", &h)
		var shares []float64
		for _, r := range slices.Backward(h.Revisions) {
			if r.Source == "rollout" && r.Stable == "v1" {
				shares = append(shares, math.Round(10*r.Split["v2"].Share)/10)
			}
		}
		if !slices.Equal(shares, []float64{0.2, 0.4, 0.6, 0.8, 1}) {
			t.Errorf("%s went through %v", name, shares)
		}
	}
	s.does("rollout", "undo", "shop")
	if s.together() != 0 {
		t.Error("undo of the group did not bring all back")
	}
}
