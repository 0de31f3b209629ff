package proxy

import (
	"bufio"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// sticky is the upstream whose users are known; settled is its layout, empty for that
// of its weights, and a move is between its first two versions.
func sticky(t testing.TB, up *Upstream, o StickyOptions, settled map[string]float64, salt string) *Upstream {
	t.Helper()
	next := *up
	k := balancer.Keys{Salt: up.Name}
	if settled == nil {
		settled = map[string]float64{}
		for _, s := range up.Split.Shares() {
			settled[s.Version] = s.Weight
		}
	}
	k.Layout = balancer.NewLayout(settled)
	if salt != "" {
		k.Move = &balancer.Move{Salt: salt, From: up.Versions[0].Name, To: up.Versions[1].Name}
	}
	var err error
	if next.Split, err = up.Split.Keyed(k); err != nil {
		t.Fatal(err)
	}
	if o.Live == nil {
		o.Live = &StickyLive{}
	}
	if next.Sticky, err = NewSticky(o); err != nil {
		t.Fatal(err)
	}
	return &next
}

func stickyCookie() StickyOptions {
	return StickyOptions{Cookie: &AffinityCookie{Name: "weir_api", Path: "/", Expires: time.Hour, HTTPOnly: true, SameSite: "Lax"}}
}

// halves is an upstream of two versions that say their names.
func halves(t testing.TB) *Upstream {
	return upstreamOf(t,
		part{name: "v1", weight: 50, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 50, addresses: []string{saying(t, 200, "v2")}},
	)
}

var mintedCookie = regexp.MustCompile(`^weir_api=[0-9a-f]{32}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax$`)

// TestStickyCookie: a browser gets its key once, and stays where that puts it.
func TestStickyCookie(t *testing.T) {
	r := start(t, sticky(t, halves(t), stickyCookie(), nil, ""), Options{})
	count, keys := map[string]int{}, map[string]bool{}
	for range 40 {
		b := r.browser(t)
		first, given := b.visit()
		if len(given) != 1 || !mintedCookie.MatchString(given[0]) || keys[given[0]] {
			t.Fatalf("given %q, want one cookie of its own", given)
		}
		keys[given[0]] = true
		if by := b.stays(); by != first {
			t.Fatalf("answered by %s, want %s as at first", by, first)
		}
		count[first]++
	}
	if count["v1"] < 5 || count["v2"] < 5 {
		t.Errorf("%v of 40 browsers, want about half in each", count)
	}
}

func TestStickyCookieOverTLS(t *testing.T) {
	v := newVault(t)
	up := sticky(t, one(t, cannedBackend(t)), stickyCookie(), nil, "")
	if g := startTLS(t, v, up).dialTLS(t, v).get("/"); !strings.Contains(g.Header.Get("Set-Cookie"), "; Secure") {
		t.Errorf("given %q, want it secure", g.Header.Get("Set-Cookie"))
	}
}

// TestForgedStickyCookies are replaced.
func TestForgedStickyCookies(t *testing.T) {
	b := start(t, sticky(t, halves(t), stickyCookie(), nil, ""), Options{}).browser(t)
	b.Jar = nil
	good := strings.Repeat("0123456789abcdef", 2)
	for _, value := range []string{"", "x", strings.Repeat("f", 31), strings.Repeat("f", 33), strings.Repeat("F", 32), strings.Repeat("g", 32), strings.Repeat("f", 5000), "\"" + good[2:] + "\""} {
		if _, given := b.visit(func(req *http.Request) { req.Header.Set("Cookie", "weir_api="+value) }); len(given) != 1 || !mintedCookie.MatchString(given[0]) {
			t.Errorf("%.20q: given %q, want a good one", value, given)
		}
	}
	by := ""
	for range 5 {
		now, given := b.visit(func(req *http.Request) { req.Header.Set("Cookie", "a=b; weir_api="+good) })
		if len(given) > 0 || by != "" && now != by {
			t.Errorf("answered by %s with %q, want %s and no cookie", now, given, by)
		}
		by = now
	}
}

// TestStickyRamp: browsers move to the candidate once, with what they have, and only its
// own go back.
func TestStickyRamp(t *testing.T) {
	v1, v2 := saying(t, 200, "v1"), saying(t, 200, "v2")
	o := stickyCookie()
	o.Live = &StickyLive{}
	at := func(percent float64) *Upstream {
		return sticky(t, upstreamOf(t,
			part{name: "v1", weight: 100 - percent, addresses: []string{v1}},
			part{name: "v2", weight: percent, addresses: []string{v2}},
		), o, map[string]float64{"v1": 1}, "api-7")
	}
	r := start(t, at(0), Options{})
	browsers, was := make([]*browser, 30), make([]string, 30)
	for i := range browsers {
		browsers[i] = r.browser(t)
		was[i] = browsers[i].visitOnce()
	}
	route := func(up *Upstream) { r.serveRoutes(t, Route{Match: Match{Host: "*", Path: "/"}, Upstream: up}) }
	for _, percent := range []float64{1, 5, 25, 50, 60} {
		route(at(percent))
		for i, b := range browsers {
			now, given := b.visit()
			if len(given) > 0 || now != was[i] && now != "v2" {
				t.Fatalf("at %v %%: from %s to %s with %q", percent, was[i], now, given)
			}
			was[i] = now
		}
	}
	if !slices.Contains(was, "v1") || !slices.Contains(was, "v2") {
		t.Errorf("at 60 %% they are in %v", was)
	}
	route(at(0))
	for i, b := range browsers {
		if now := b.visitOnce(); now != "v1" {
			t.Errorf("after the revert browser %d is in %s", i, now)
		}
	}
}

func TestStickyHeader(t *testing.T) {
	live := &StickyLive{}
	up := sticky(t, halves(t), StickyOptions{Header: "X-User-Id", Live: live}, nil, "")
	c := start(t, up, Options{}).dial(t)
	count := map[string]int{}
	for i := range 30 {
		line := "x-user-id: " + strconv.Itoa(i) + "\r\n"
		first := c.ask(line)
		if given := first.Header.Values("Set-Cookie"); len(given) > 0 {
			t.Fatalf("given %q, want nothing", given)
		}
		for range 3 {
			if g := c.ask(line); g.body != first.body {
				t.Fatalf("user %d is in %s, and was in %s", i, g.body, first.body)
			}
		}
		count[first.body]++
	}
	if count["v1"] < 5 || count["v2"] < 5 {
		t.Errorf("%v of 30 users, want about half in each", count)
	}
	if n := live.Unkeyed.Load(); n != 0 {
		t.Errorf("%d requests unkeyed, want none yet", n)
	}
	count = map[string]int{}
	for range 10 {
		count[c.ask("X-User-Id:\r\n").body]++
		count[c.get("/").body]++
	}
	if count["v1"] != 10 || count["v2"] != 10 || live.Unkeyed.Load() != 20 {
		t.Errorf("without the header %v and %d unkeyed, want turns and 20", count, live.Unkeyed.Load())
	}
	eventually(t, "the distinct users are counted", func() bool { return keysOf(up)[0]+keysOf(up)[1] == 30 })
}

func keysOf(up *Upstream) (n [2]uint64) {
	for i := range n {
		var t outcome.Totals
		up.Versions[i].Stats.Totals(&t)
		n[i] = t.Keys
	}
	return n
}

// TestStickyIP: by the address that trusted proxies give, of IPv6 its /64.
func TestStickyIP(t *testing.T) {
	up := sticky(t, halves(t), StickyOptions{IP: true}, nil, "")
	c := start(t, up, Options{}, func(p *Clients) { p.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }).dial(t)
	count := map[string]int{}
	for i := range 30 {
		client := func(last string) string {
			return c.ask("X-Forwarded-For: 2001:db8:0:" + strconv.Itoa(i) + last + "\r\n").body
		}
		first := client("::1")
		for _, last := range []string{"::1", "::2", ":1:2:3:4"} {
			if by := client(last); by != first {
				t.Fatalf("network %d is in %s, and was in %s", i, by, first)
			}
		}
		count[first]++
	}
	if count["v1"] < 5 || count["v2"] < 5 {
		t.Errorf("%v of 30 networks, want about half in each", count)
	}
}

// candidates is an upstream of which every user meets v2, which fails.
func candidates(t *testing.T, o StickyOptions, v2 string) *Upstream {
	up := sticky(t, upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 100, addresses: []string{v2}, shielded: true},
	), o, nil, "")
	return up
}

// TestBrokenClientCountsOnce: a client that always fails, and always in the candidate, is
// one failure to the verdict and all of them to everybody else.
func TestBrokenClientCountsOnce(t *testing.T) {
	up := candidates(t, StickyOptions{Header: "X-User-Id"}, saying(t, 500, "v2"))
	v2, e := up.Versions[1], up.Versions[1].Endpoints[0]
	c := start(t, up, Options{}).dial(t)
	woken := 0
	for range 20 {
		c.send("POST / HTTP/1.1\r\nHost: weir.test\r\nX-User-Id: broken\r\nContent-Length: 0\r\n\r\n")
		if g := c.receive("POST"); g.StatusCode != 500 {
			t.Fatalf("status %d, want the candidate's own: nothing of a POST is repeated", g.StatusCode)
		}
		select {
		case <-up.Live.Wake:
			woken++
		default:
		}
	}
	for _, user := range []string{"a", "b", "c"} {
		c.ask("X-User-Id: " + user + "\r\n") // shielded
	}
	var totals outcome.Totals
	eventually(t, "all are counted", func() bool {
		v2.Stats.Totals(&totals)
		return totals.FailedAttempts() == 23
	})
	if totals.Requests() != 4 || totals.Failures() != 4 || totals.Attempts(outcome.Error) != 23 {
		t.Errorf("%d requests, %d failures, %d errors, want 4, 4 and 23", totals.Requests(), totals.Failures(), totals.Attempts(outcome.Error))
	}
	if n := e.Stats.Counts(); n.First != 4 || n.FirstFailed != 4 || n.Failed != 23 || n.Consecutive != 23 {
		t.Errorf("endpoint %+v, want 4 first attempts, and 23 failures in a row for its health", n)
	}
	if woken != 1 {
		t.Errorf("the evaluator was woken %d times by one broken client", woken)
	}
	// Users do not care who has failed before. The last has its answer a moment earlier.
	eventually(t, "3 are shielded", func() bool { return v2.Shield.OK.Load() == 3 })
	up.Sticky.live.Forget()
	c.ask("X-User-Id: broken\r\n")
	eventually(t, "in the next rollout it counts again", func() bool { return firsts(v2)[outcome.Error] == 5 })
}

// TestAddressesAreNotOneUser: behind a load balancer all have the same.
func TestAddressesAreNotOneUser(t *testing.T) {
	up := candidates(t, StickyOptions{IP: true}, saying(t, 500, "v2"))
	c := start(t, up, Options{}).dial(t)
	for range 5 {
		c.get("/")
	}
	eventually(t, "each is a failure", func() bool { return firsts(up.Versions[1])[outcome.Error] == 5 })
}

// TestClientErrorsCountOnce per user too, and apart from failures.
func TestClientErrorsCountOnce(t *testing.T) {
	up := candidates(t, StickyOptions{Header: "X-User-Id"}, saying(t, 404, "v2"))
	c := start(t, up, Options{}).dial(t)
	for i := range 12 {
		c.ask("X-User-Id: " + strconv.Itoa(i%3) + "\r\n")
	}
	eventually(t, "the requests are counted", func() bool { return firsts(up.Versions[1])[outcome.OK] == 12 })
	var totals outcome.Totals
	if up.Versions[1].Stats.Totals(&totals); totals.ClientErrors != 3 {
		t.Errorf("%d client errors, want one of each of 3 users", totals.ClientErrors)
	}
}

// TestOverdueCountsOnce: whoever hangs, hangs once.
func TestOverdueCountsOnce(t *testing.T) {
	silent := rawBackend(t, func(_ net.Conn, br *bufio.Reader) {
		readRequest(br)
		br.ReadByte() // until the end
	})
	up := candidates(t, StickyOptions{Header: "X-User-Id"}, silent)
	up.Live.OverdueAfter.Store(int64(20 * time.Millisecond))
	r := start(t, up, Options{})
	for _, user := range []string{"a", "a", "a", "b"} {
		r.dial(t).send("GET / HTTP/1.1\r\nHost: weir.test\r\nX-User-Id: " + user + "\r\n\r\n")
	}
	var totals outcome.Totals
	eventually(t, "all are overdue", func() bool {
		up.Versions[1].Stats.Totals(&totals)
		return totals.Attempts(outcome.Overdue) == 4
	})
	if n := totals.Failures(); n != 2 {
		t.Errorf("%d failures, want one of each user", n)
	}
}

// TestStickyRetryKeepsItsVersion: as every retry does.
func TestStickyRetryKeepsItsVersion(t *testing.T) {
	broken := rawBackend(t, func(_ net.Conn, br *bufio.Reader) { readRequest(br) })
	up := sticky(t, upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 100, addresses: []string{broken, saying(t, 200, "v2")}},
	), stickyCookie(), nil, "")
	b := start(t, up, Options{}).browser(t)
	for range 6 {
		if by := b.visitOnce(); by != "v2" {
			t.Fatalf("answered by %s, want v2", by)
		}
	}
}

// TestStickyWaits: a key is kept in a queue.
func TestStickyWaits(t *testing.T) {
	up := sticky(t, bound(t, halves(t), 1, Queue{Size: 5, Timeout: 10 * time.Second}), StickyOptions{Header: "X-User-Id"}, nil, "")
	r := start(t, up, Options{})
	home := r.dial(t).ask("X-User-Id: u\r\n").body
	at := slices.IndexFunc(up.Versions, func(v *Version) bool { return v.Name == home })
	eventually(t, "there is room again", func() bool { return up.Split.Take(at, 0) })
	c := r.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: weir.test\r\nX-User-Id: u\r\n\r\n")
	eventually(t, "it waits", func() bool { return up.Live.Queue.Len() == 1 })
	up.Versions[at].Endpoints[0].Live.End()
	up.Live.Queue.Serve()
	if g := c.receive("GET"); g.body != home {
		t.Errorf("answered by %s after the wait, want %s", g.body, home)
	}
}

func TestNewStickyRefuses(t *testing.T) {
	for _, o := range []StickyOptions{{}, {IP: true}, {Live: &StickyLive{}}} {
		if _, err := NewSticky(o); err == nil {
			t.Errorf("%+v accepted", o)
		}
	}
}

// TestStickyBesideAffinity: two cookies, of version and endpoint, in one answer, and both
// hold.
func TestStickyBesideAffinity(t *testing.T) {
	up := affine(t, upstreamOf(t,
		part{name: "v1", weight: 50, addresses: named(t, 2)},
		part{name: "v2", weight: 50, addresses: named(t, 2)},
	), byCookie())
	r := start(t, sticky(t, up, stickyCookie(), nil, ""), Options{})
	seen := map[string]bool{}
	for range 20 {
		b := r.browser(t)
		first, given := b.visit()
		if len(given) != 2 || !strings.HasPrefix(given[0], "route=") || !mintedCookie.MatchString(given[1]) {
			t.Fatalf("given %q, want a route and a key", given)
		}
		if by := b.stays(); by != first {
			t.Fatalf("answered by %s, want %s", by, first)
		}
		seen[first] = true
	}
	if len(seen) != 4 {
		t.Errorf("20 browsers are at %d endpoints, want all 4", len(seen))
	}
}

// TestStickyAcrossReloads: a generation that knows users in another way, or not at all,
// takes over in the middle of a request that is retried.
func TestStickyAcrossReloads(t *testing.T) {
	for name, change := range map[string]func(*Upstream) *Upstream{
		"to nobody":  func(up *Upstream) *Upstream { return up },
		"to headers": func(up *Upstream) *Upstream { return sticky(t, up, StickyOptions{Header: "X-User-Id"}, nil, "") },
	} {
		t.Run(name, func(t *testing.T) {
			asked, reloaded := make(chan bool), make(chan bool)
			broken := rawBackend(t, func(_ net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err == nil {
					asked <- true
					<-reloaded
				}
			})
			up := sticky(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{broken}}), stickyCookie(), nil, "")
			r := start(t, up, Options{})
			next := change(halves(t))
			next.Live = up.Live
			go func() {
				<-asked
				r.serveRoutes(t, Route{Match: Match{Host: "*", Path: "/"}, Upstream: next})
				close(reloaded)
			}()
			if by, given := r.browser(t).visit(); by != "v1" && by != "v2" || len(given) > 0 {
				t.Errorf("answered by %s with %q, want no cookie of a generation that has none", by, given)
			}
		})
	}
}
