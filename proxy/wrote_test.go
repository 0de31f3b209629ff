package proxy

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// writing is the upstream with its writes pinned to a version, and their writers known
// by a cookie where lasts is above 0.
func writing(t testing.TB, up *Upstream, version int, lasts time.Duration) *Upstream {
	t.Helper()
	next := *up
	var err error
	if next.Split, err = up.Split.Writing(version); err != nil {
		t.Fatal(err)
	}
	if lasts > 0 {
		next.Wrote = NewWrote("weir_wrote", lasts)
	}
	return &next
}

func (r *rig) serveAll(t testing.TB, up *Upstream) {
	t.Helper()
	r.serveRoutes(t, Route{Match: Match{Host: "*", Path: "/"}, Upstream: up})
}

func writes(v *Version) [outcome.NumKinds]uint64 {
	var t outcome.Totals
	v.Stats.Totals(&t)
	return t.Writes
}

// TestPinnedWrites: weights move reads, writes stay until a generation has them
// elsewhere; none of them is among those that are compared.
func TestPinnedWrites(t *testing.T) {
	plain := halves(t)
	r := start(t, writing(t, plain, 0, 0), Options{})
	c := r.dial(t)
	const each = 20
	for i, writer := range []string{"v1", "v2"} {
		r.serveAll(t, writing(t, plain, i, 0))
		reads := map[string]int{}
		for range each {
			reads[c.get("/").body]++
			if g := c.placed(""); g.body != writer {
				t.Fatalf("writes with %s: a POST went to %s", writer, g.body)
			}
		}
		if reads["v1"] != each/2 || reads["v2"] != each/2 {
			t.Errorf("writes with %s: reads went to %v, want half to each", writer, reads)
		}
	}
	eventually(t, "all over", func() bool { return r.up.Live.Users.Requests() == 4*each })
	for _, v := range plain.Versions {
		if f, w := firsts(v)[outcome.OK], writes(v)[outcome.OK]; f != each || w != each {
			t.Errorf("%s: %d reads and %d writes, want %d of each", v.Name, f, w, each)
		}
		if n := v.Endpoints[0].Stats.Counts(); n.OK != 2*each || n.First != each || n.Writes != each || n.WritesFailed != 0 {
			t.Errorf("%s: its endpoint has %+v", v.Name, n)
		}
	}
}

// TestPinnedWritesStay: the version that writes are pinned to is the only one that gets
// them, whatever becomes of it, but for a trip.
func TestPinnedWritesStay(t *testing.T) {
	up := halves(t)
	trip := &balancer.Trip{}
	shares := up.Split.Shares()
	shares[1].Trip, shares[1].Candidate = trip, true
	r := start(t, writing(t, up, 1, 0), Options{})
	c := r.dial(t)
	live := up.Versions[1].Endpoints[0].Live
	live.SetEjected(true)
	shares[1].Group.Rebuild()
	if g := c.placed(""); g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "no_writer" || g.Header.Get("Retry-After") == "" {
		t.Errorf("%d %q, want 503 no_writer", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	if g := c.get("/"); g.body != "v1" {
		t.Errorf("a read went to %q, want v1", g.body)
	}
	trip.Set()
	if g := c.placed(""); g.body != "v1" {
		t.Errorf("after the trip a write went to %q, want v1", g.body)
	}
}

// TestPinnedWritesAreNotRepeatedElsewhere: neither by the shield, named or idempotent or
// both, nor when nothing was sent; reads are.
func TestPinnedWritesAreNotRepeatedElsewhere(t *testing.T) {
	for _, how := range []string{"refused", "reset", "503", "500"} {
		for _, request := range []string{
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
			"POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\nhi",
			"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
			"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
		} {
			f, b := newFailing(t, how), &failing{}
			b.addr = rawBackend(t, b.script(func(nc net.Conn) { io.WriteString(nc, plainAnswer) }))
			up := upstreamOf(t,
				part{name: "v1", weight: 0, addresses: []string{b.addr}},
				part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
			r := start(t, writing(t, up, 1, 0), Options{})
			c := r.dial(t)
			c.send(request)
			if g := c.receive("POST"); g.StatusCode < 500 || b.count.Load() != 0 {
				t.Errorf("%s, %.30q: %d, and v1 got it %d times", how, request, g.StatusCode, b.count.Load())
			}
			if how != "refused" && f.count.Load() != 1 {
				t.Errorf("%s, %.30q: v2 got it %d times, want once", how, request, f.count.Load())
			}
			eventually(t, "counted", func() bool { return up.Live.Users.Requests() == 1 })
			var failed uint64
			for k, n := range writes(up.Versions[1]) {
				if outcome.Kind(k).Failed() {
					failed += n
				}
			}
			if n := up.Versions[1].Endpoints[0].Stats.Counts(); failed != 1 || n.Writes != 1 || n.WritesFailed != 1 || n.First != 0 || firsts(up.Versions[1]) != [outcome.NumKinds]uint64{} {
				t.Errorf("%s, %.30q: %d failed writes, endpoint %+v, first attempts %v", how, request, failed, n, firsts(up.Versions[1]))
			}
			if g := c.get("/"); g.StatusCode != 200 {
				t.Errorf("%s: a read after it: %d", how, g.StatusCode)
			}
		}
	}
}

// TestPinnedWritesRetryWithinTheirVersion as retry has it.
func TestPinnedWritesRetryWithinTheirVersion(t *testing.T) {
	f := newFailing(t, "503")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{f.addr}},
		part{name: "v2", weight: 1, addresses: []string{f.addr, saying(t, 200, "v2")}, shielded: true})
	r := start(t, writing(t, up, 1, 0), Options{})
	c := r.dial(t)
	for range 2 { // both endpoints have their turn
		c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
		if g := c.receive("PUT"); g.body != "v2" {
			t.Errorf("%d %q, want v2's answer", g.StatusCode, g.body)
		}
	}
	if n := f.count.Load(); n != 1 {
		t.Errorf("%d attempts at the failing endpoint, want 1", n)
	}
}

// TestPinnedWritesAreOverdue, too: counted at once, once, apart, and not hedged.
func TestPinnedWritesAreOverdue(t *testing.T) {
	h := newHanging(t, "")
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{saying(t, 200, "v1")}},
		part{name: "v2", weight: 1, addresses: []string{h.addr}, shielded: true})
	up.Live.OverdueAfter.Store(int64(50 * time.Millisecond))
	v2 := up.Versions[1]
	v2.Apart = &balancer.Load{}
	c := start(t, writing(t, up, 1, 0), Options{}).dial(t)
	t.Cleanup(h.release)
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
	eventually(t, "counted while it waits", func() bool { return writes(v2)[outcome.Overdue] == 1 })
	<-up.Live.Wake
	if n := v2.Apart.Inflight(); n != 1 {
		t.Errorf("%d apart in flight, want 1", n)
	}
	h.release()
	c.receive("PUT")
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if w, n := writes(v2), v2.Endpoints[0].Stats.Counts(); w != [outcome.NumKinds]uint64{outcome.Overdue: 1} || n.Writes != 1 || n.WritesFailed != 1 {
		t.Errorf("writes %v, endpoint %+v, want one overdue and nothing else", w, n)
	}
	if n := v2.Apart.Inflight(); n != 0 {
		t.Errorf("%d apart in flight after the end", n)
	}
}

var wroteCookie = regexp.MustCompile(`^weir_wrote=([0-9]+); Path=/; Max-Age=10; HttpOnly; SameSite=Lax$`)

// TestReadYourWrites: who writes gets a cookie, and reads where writes are as long as it
// lasts; such reads are compared with nothing, and shielded as any.
func TestReadYourWrites(t *testing.T) {
	up := halves(t)
	for _, v := range up.Versions {
		v.Apart = &balancer.Load{}
	}
	r := start(t, writing(t, up, 0, 9500*time.Millisecond), Options{})
	c := r.dial(t)
	if g := c.get("/"); len(g.Header.Values("Set-Cookie")) != 0 {
		t.Errorf("a read was given %q", g.Header.Values("Set-Cookie"))
	}
	before := time.Now().Unix()
	g := c.placed("")
	given := wroteCookie.FindStringSubmatch(g.Header.Get("Set-Cookie"))
	if given == nil || len(g.Header.Values("Set-Cookie")) != 1 {
		t.Fatalf("a write was given %q", g.Header.Values("Set-Cookie"))
	}
	if until, _ := strconv.ParseInt(given[1], 10, 64); until < before+10 || until > time.Now().Unix()+11 {
		t.Errorf("until %d, want ten seconds from %d on", until, before)
	}
	line := "Cookie: a=b; weir_wrote=" + given[1] + "\r\n"
	for _, writer := range []string{"v1", "v2"} {
		for range 6 {
			if by := c.ask(line).body; by != writer {
				t.Errorf("a read after a write went to %s, want %s", by, writer)
			}
		}
		r.serveAll(t, writing(t, up, 1, 10*time.Second))
	}
	reads := map[string]int{}
	for _, value := range []string{"", "x", "-1", "1", fmt.Sprint(time.Now().Unix() - 1), strings.Repeat("9", 13), strings.Repeat("9", 5000), "0x7fffffff"} {
		reads[c.ask("Cookie: weir_wrote="+value+"\r\n").body]++
		reads[c.ask("").body]++
	}
	if reads["v1"] != reads["v2"] {
		t.Errorf("without a cookie that is in force: %v, want half to each", reads)
	}
	eventually(t, "all over", func() bool { return up.Live.Users.Requests() == 30 })
	for _, v := range up.Versions {
		if n := laters(v)[outcome.OK]; n != 6 {
			t.Errorf("%s: %d reads after writes counted apart, want 6", v.Name, n)
		}
		eventually(t, v.Name+" has nothing apart in flight", func() bool { return v.Apart.Inflight() == 0 })
	}
}

// TestReadYourWritesWithoutTheWriter: what is old elsewhere is still an answer.
func TestReadYourWritesWithoutTheWriter(t *testing.T) {
	up := halves(t)
	r := start(t, writing(t, up, 1, time.Minute), Options{})
	c := r.dial(t)
	up.Versions[1].Endpoints[0].Live.SetAdmin(balancer.Down)
	up.Split.Shares()[1].Group.Rebuild()
	line := fmt.Sprintf("Cookie: weir_wrote=%d\r\n", time.Now().Unix()+60)
	for range 4 {
		if g := c.ask(line); g.body != "v1" {
			t.Errorf("%d %q, want v1", g.StatusCode, g.body)
		}
	}
}

// TestWritersAreGivenACookie whatever comes of the write, secure where it came so, and
// by a user's own version otherwise.
func TestWritersAreGivenACookie(t *testing.T) {
	for _, status := range []int{204, 404, 500} {
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{saying(t, status, "")}})
		if g := start(t, writing(t, up, 0, time.Minute), Options{}).dial(t).placed(""); g.Header.Get("Set-Cookie") == "" {
			t.Errorf("%d: given nothing", status)
		}
	}
	v := newVault(t)
	up := writing(t, sticky(t, one(t, cannedPosts(t)), stickyCookie(), nil, ""), 0, time.Minute)
	g := startTLS(t, v, up).dialTLS(t, v).placed("")
	both := g.Header.Values("Set-Cookie")
	if len(both) != 2 || !strings.HasPrefix(both[0], "weir_api=") || !strings.HasPrefix(both[1], "weir_wrote=") || !strings.HasSuffix(both[1], "; Secure; SameSite=Lax") {
		t.Errorf("given %q, want the user's key and the write's, secure", both)
	}
}

// TestUsersWhoWriteFirst are counted where the split puts them, not where writes are.
func TestUsersWhoWriteFirst(t *testing.T) {
	up := writing(t, sticky(t, halves(t), stickyCookie(), nil, ""), 0, time.Minute)
	r := start(t, up, Options{})
	for range 30 {
		b := r.browser(t)
		resp, err := b.Post(b.url, "text/plain", strings.NewReader("hi"))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	var keys uint64
	for _, v := range up.Versions {
		var n outcome.Totals
		v.Stats.Totals(&n)
		keys += n.Keys
	}
	if keys != 0 {
		t.Errorf("%d users were counted as the split's by their writes", keys)
	}
}

// TestPinsAreStrongerThanPinnedWrites: somebody has asked for that version.
func TestPinsAreStrongerThanPinnedWrites(t *testing.T) {
	up := writing(t, halves(t), 0, time.Minute)
	up.Pins = []Pin{{Version: "v2", Header: "x-version", Value: "next"}}
	c := start(t, up, Options{}).dial(t)
	if g := c.placed("X-Version: next\r\n"); g.body != "v2" || g.Header.Get("Set-Cookie") != "" {
		t.Errorf("went to %s with %q, want v2 and no cookie", g.body, g.Header.Get("Set-Cookie"))
	}
	if n := writes(up.Versions[1]); n != [outcome.NumKinds]uint64{} {
		t.Errorf("counted as pinned writes: %v", n)
	}
}
