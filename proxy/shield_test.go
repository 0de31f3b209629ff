package proxy

import (
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// TestShield: a judged version fails, its users do not see it.
func TestShield(t *testing.T) {
	for _, how := range []string{"refused", "reset", "closed", "bad head", "silent", "500", "503"} {
		t.Run(how, func(t *testing.T) {
			f := newFailing(t, how)
			up := upstreamOf(t,
				part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
				part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
			up.Retry = Retry{Tries: 1} // the shield does not need it
			up.Timeouts.Response = 40 * time.Millisecond
			c := start(t, up, Options{}).dial(t)
			for range 3 {
				if g := c.get("/"); g.StatusCode != 200 || g.body != "hello" {
					t.Fatalf("%d %q, want stable's answer", g.StatusCode, g.body)
				}
			}
			eventually(t, "3 requests over", func() bool { return up.Live.Users.Requests() == 3 })
			v1, v2 := up.Versions[0], up.Versions[1]
			var failed uint64
			for k, n := range firsts(v2) {
				if outcome.Kind(k).Failed() {
					failed += n
				}
			}
			if failed != 3 || laters(v1)[outcome.OK] != 3 || firsts(v1) != [outcome.NumKinds]uint64{} {
				t.Errorf("candidate %v, stable first %v later %v, want 3 failures and 3 later ok",
					firsts(v2), firsts(v1), laters(v1))
			}
			if n, ok := v2.Shield.Retries.Load(), v2.Shield.OK.Load(); n != 3 || ok != 3 {
				t.Errorf("shield: %d retries, %d ok, want 3 and 3", n, ok)
			}
			var users outcome.UserTotals
			up.Live.Users.Totals(&users)
			if users.Errors != 0 {
				t.Errorf("users saw %d errors, want 0", users.Errors)
			}
		})
	}
}

// TestShieldTakesEvery5xx, also one that revert.errors leaves out: it is no
// failure of the candidate to the verdict, but its user must not see it.
func TestShieldTakesEvery5xx(t *testing.T) {
	f := newFailing(t, "500")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
		part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
	up.Errors = outcome.NewStatusSet([2]int{502, 599})
	up.Retry = Retry{Tries: 1}
	c := start(t, up, Options{}).dial(t)
	if g := c.get("/"); g.StatusCode != 200 || g.body != "hello" {
		t.Errorf("%d %q, want stable's answer", g.StatusCode, g.body)
	}
	v1, v2 := up.Versions[0], up.Versions[1]
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if firsts(v2) != [outcome.NumKinds]uint64{outcome.OK: 1} || laters(v1) != [outcome.NumKinds]uint64{outcome.OK: 1} {
		t.Errorf("candidate %v, stable later %v, want one ok each", firsts(v2), laters(v1))
	}
	if n, ok := v2.Shield.Retries.Load(), v2.Shield.OK.Load(); n != 1 || ok != 1 {
		t.Errorf("shield: %d retries, %d ok, want 1 and 1", n, ok)
	}
}

func TestShieldLeavesPostsAlone(t *testing.T) {
	f := newFailing(t, "500")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
		part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
	c := start(t, up, Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
	if g := c.receive("POST"); g.StatusCode != 500 || g.body != "fail" {
		t.Errorf("%d %q, want the candidate's own 500", g.StatusCode, g.body)
	}
	if n := f.count.Load(); n != 1 {
		t.Errorf("the POST reached the candidate %d times, want 1", n)
	}
}

// TestShieldSavesUnsentPosts: any method, if nothing was sent.
func TestShieldSavesUnsentPosts(t *testing.T) {
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{cannedPosts(t)}},
		part{name: "v2", weight: 1, addresses: []string{deadAddress(t)}, shielded: true})
	c := start(t, up, Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
	if g := c.receive("POST"); g.StatusCode != 200 {
		t.Errorf("%d, want stable's 200", g.StatusCode)
	}
}

func cannedPosts(t testing.TB) string { return rawBackend(t, answering(plainAnswer)) }

func TestShieldHasItsOwnBudget(t *testing.T) {
	f := newFailing(t, "500")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{cannedBackend(t)}},
		part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
	up.Live.ShieldBudget = outcome.NewBudget(1, 0, 0)
	c := start(t, up, Options{}).dial(t)
	for i, want := range []int{200, 500, 500} {
		if g := c.get("/"); g.StatusCode != want {
			t.Errorf("answer %d: %d, want %d", i, g.StatusCode, want)
		}
	}
}

// TestShieldIsOnlyWhatStableAnswers: without a usable stable, a retry on the
// candidate's other endpoint says nothing about stable.
func TestShieldIsOnlyWhatStableAnswers(t *testing.T) {
	f, g := newFailing(t, "503"), newFailing(t, "503")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{deadAddress(t)}},
		part{name: "v2", weight: 1, addresses: []string{f.addr, g.addr}, shielded: true})
	up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down)
	c := start(t, up, Options{}).dial(t)
	if g := c.get("/"); g.StatusCode != 503 {
		t.Errorf("%d, want the candidate's 503", g.StatusCode)
	}
	if n := f.count.Load() + g.count.Load(); n != 2 {
		t.Errorf("%d attempts on the candidate, want the ordinary 2", n)
	}
	if n := up.Versions[1].Shield.Retries.Load(); n != 0 {
		t.Errorf("%d shield retries counted, want 0", n)
	}
}
