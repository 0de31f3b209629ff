package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// plenty is a hold that nothing bounds.
func plenty() WriteHold {
	return WriteHold{By: "test", Max: time.Minute, Requests: 10_000, Bytes: 64 << 20}
}

// hold shuts the gate of the rig's upstream.
func hold(t testing.TB, up *Upstream, o WriteHold) *WriteGate {
	t.Helper()
	g := &up.Live.Writes
	if !g.Hold(o) {
		t.Fatal("no hold")
	}
	return g
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// queue waits until so many writes wait.
func queue(t testing.TB, g *WriteGate, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " writes wait"), func() bool { return g.State().Waiting == n })
}

// journal is a backend that writes down the paths of the writes it gets, in their order.
type journal struct {
	addr string
	mu   sync.Mutex
	got  []string
}

func newJournal(t testing.TB) *journal {
	j := &journal{}
	j.addr = backend(t, func(w http.ResponseWriter, r *http.Request) {
		j.note(r)
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.URL.Path, " ", len(body))
	})
	return j
}

func (j *journal) note(r *http.Request) {
	if r.Method != "GET" {
		j.mu.Lock()
		j.got = append(j.got, r.URL.Path)
		j.mu.Unlock()
	}
}

func (j *journal) paths() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.got...)
}

// newSerialJournal is a journal that gets its requests one after the other, in the order
// in which their connections are made: one for each.
func newSerialJournal(t testing.TB) *journal {
	j := &journal{}
	ln := listen(t)
	j.addr = ln.Addr().String()
	var wg sync.WaitGroup
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			nc.SetDeadline(time.Now().Add(10 * time.Second))
			if req, err := readRequest(bufio.NewReader(nc)); err == nil {
				j.note(req)
				body := fmt.Sprint(req.URL.Path, " ", req.ContentLength)
				fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			}
			nc.Close()
		}
	})
	return j
}

// TestWritesAreHeld: reads go on, writes wait and go where the generation of the end of
// the hold sends them, in the order in which they came, on connections that stay.
func TestWritesAreHeld(t *testing.T) {
	blue, green := newJournal(t), newSerialJournal(t)
	up := upstreamOf(t,
		part{name: "v1", weight: 1, addresses: []string{blue.addr}},
		part{name: "v2", weight: 0, addresses: []string{green.addr}})
	r := start(t, up, Options{})
	first := r.dial(t)
	first.send(post("/before", "x"))
	first.receive("POST")
	eventually(t, "it is over", func() bool { return up.Live.Writes.Inflight() == 0 })
	g := hold(t, up, plenty())
	if s := g.State(); !s.InForce || !s.Drained || s.By != "test" || s.Before != 0 {
		t.Errorf("%+v, want a hold in force with nothing under way", s)
	}
	clients := make([]*client, 50)
	for i := range clients {
		clients[i] = r.dial(t)
		clients[i].send(post(fmt.Sprint("/", i), "body"))
		queue(t, g, i+1)
	}
	if a := r.dial(t).get("/read"); a.StatusCode != 200 {
		t.Errorf("a read: %d, want 200 at once", a.StatusCode)
	}
	next := *up
	shares := append([]balancer.Share(nil), up.Split.Shares()...)
	shares[0].Weight, shares[1].Weight = 0, 1
	var err error
	if next.Split, err = balancer.NewSplit(shares, 0, &balancer.Sequence{}); err != nil {
		t.Fatal(err)
	}
	publish(t, r, &next)
	g.End("somebody else")
	if !g.State().InForce {
		t.Fatal("the hold was ended by somebody who has not begun it")
	}
	g.End("test")
	for i, c := range clients {
		if a := c.receive("POST"); a.StatusCode != 200 || a.body != fmt.Sprint("/", i, " 4") {
			t.Errorf("write %d: %d %q, want its answer", i, a.StatusCode, a.body)
		}
		if a := c.get("/again"); a.StatusCode != 200 {
			t.Errorf("the connection of write %d: %d, want it to go on", i, a.StatusCode)
		}
	}
	if got := blue.paths(); len(got) != 1 {
		t.Errorf("the version before has got %v, want nothing after the hold began", got)
	}
	got := green.paths()
	for i := range clients {
		if len(got) != len(clients) || got[i] != fmt.Sprint("/", i) {
			t.Fatalf("the version after has got %v, want each once in the order of arrival", got)
		}
	}
	if n := g.Counts().Held.Load(); n != uint64(len(clients)) {
		t.Errorf("%d were held, want %d", n, len(clients))
	}
	eventually(t, "the gate is open", func() bool { return !g.shut.Load() })
}

// TestHoldDrains: it is told when the writes that were under way have ended, and not before.
func TestHoldDrains(t *testing.T) {
	at := newGate(t)
	up := one(t, at.addr)
	r := start(t, up, Options{})
	a, b := r.dial(t), r.dial(t)
	a.send(post("/a", ""))
	b.send(get("/b")) // a read does not count
	eventually(t, "both in flight", func() bool { return at.inside.Load() == 2 })
	told := make(chan struct{}, 2)
	o := plenty()
	o.Changed = func() { told <- struct{}{} }
	g := hold(t, up, o)
	c := r.dial(t)
	c.send(post("/c", "")) // comes and goes through the count, and is none under way
	queue(t, g, 1)
	if s := g.State(); s.Drained || s.Before != 1 || len(told) != 0 {
		t.Errorf("%+v, want 1 under way", s)
	}
	at.pass <- struct{}{}
	at.pass <- struct{}{}
	a.receive("POST")
	receive(t, "the drain is told", told)
	if s := g.State(); !s.Drained || s.After <= 0 || !s.InForce {
		t.Errorf("%+v, want it drained and in force", s)
	}
	g.End("test")
	at.pass <- struct{}{}
	c.receive("POST")
	b.receive("GET")
	if len(told) != 0 {
		t.Error("told again")
	}
}

// TestHoldBounds: the one too many is refused at once.
func TestHoldBounds(t *testing.T) {
	j := newJournal(t)
	up := one(t, j.addr)
	r := start(t, up, Options{})
	o := plenty()
	o.Requests = 2
	g := hold(t, up, o)
	clients := []*client{r.dial(t), r.dial(t), r.dial(t)}
	for i := range 2 {
		clients[i].send(post("/", ""))
		queue(t, g, i+1)
	}
	clients[2].send(post("/", ""))
	refusedFor(t, clients[2].receive("POST"), "write_hold")
	if n := g.Counts().Rejected.Load(); n != 1 {
		t.Errorf("%d rejected, want 1", n)
	}
	if g.Hold(plenty()) {
		t.Error("a second hold beside the first")
	}
	g.End("test")
	for i := range 2 {
		clients[i].receive("POST")
	}
	if n := r.Rejects()["write_hold"]; n != 1 {
		t.Errorf("rejects %v, want one write_hold", r.Rejects())
	}
	eventually(t, "3 over", func() bool { return up.Live.Users.Requests() == 3 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 2} {
		t.Errorf("outcomes %v: want nothing for the one that was refused", f)
	}
}

// TestHoldExpires: by itself, and those who wait get their answer or go on.
func TestHoldExpires(t *testing.T) {
	for _, release := range []bool{false, true} {
		j := newJournal(t)
		up := one(t, j.addr)
		r := start(t, up, Options{})
		o := plenty()
		told := make(chan struct{}, 10)
		o.Max, o.Release, o.Changed = 50*time.Millisecond, release, func() { told <- struct{}{} }
		g := hold(t, up, o)
		receive(t, "it is drained", told)
		var clients []*client
		for range 5 {
			c := r.dial(t)
			c.send(post("/", ""))
			clients = append(clients, c)
		}
		answers := map[int]int{}
		for _, c := range clients {
			a := c.receive("POST")
			answers[a.StatusCode]++
			if a.StatusCode == 503 {
				refusedFor(t, a, "write_hold")
			}
		}
		if !release && answers[503] == 0 || release && answers[200] != 5 {
			t.Errorf("release %v: answers %v", release, answers)
		}
		receive(t, "the end is told", told)
		s := g.State()
		if s.InForce || !s.Expired || s.Until.Sub(s.Since) < 50*time.Millisecond {
			t.Errorf("%+v, want it expired", s)
		}
		if n := g.Counts().Expired.Load(); n != uint64(answers[503]) {
			t.Errorf("%d are counted as expired, %d got 503", n, answers[503])
		}
		g.End("test") // it is no more
		c := r.dial(t)
		c.send(post("/", ""))
		if a := c.receive("POST"); a.StatusCode != 200 {
			t.Errorf("after the hold: %d, want 200", a.StatusCode)
		}
	}
}

// TestHoldReleasesAtARate: so many a second besides those that come meanwhile, which
// wait behind the others and do not make the line longer.
func TestHoldReleasesAtARate(t *testing.T) {
	j := newSerialJournal(t)
	up := one(t, j.addr)
	r := start(t, up, Options{})
	o := plenty()
	o.Rate = 100
	g := hold(t, up, o)
	var clients []*client
	for i := range 20 {
		c := r.dial(t)
		c.send(post(fmt.Sprint("/", i), ""))
		clients = append(clients, c)
		queue(t, g, i+1)
	}
	began := time.Now()
	g.End("test")
	late := r.dial(t)
	late.send(post("/20", ""))
	for _, c := range append(clients, late) {
		c.receive("POST")
	}
	if took := time.Since(began); took < 180*time.Millisecond {
		t.Errorf("20 writes at 100/s took %v, want 190 ms or more", took)
	}
	for i, path := range j.paths() {
		if path != fmt.Sprint("/", i) {
			t.Fatalf("%v, want the order of arrival", j.paths())
		}
	}
}

// TestHeldClientsThatLeave: they give up their place, and nobody else's.
func TestHeldClientsThatLeave(t *testing.T) {
	j := newJournal(t)
	up := one(t, j.addr)
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	stays := r.dial(t)
	for i := range 10 {
		c := r.dial(t)
		c.send(post("/left", ""))
		queue(t, g, i+1)
		defer c.Close()
		if i%2 == 0 {
			c.Close()
			eventually(t, "it has gone", func() bool { return g.State().Waiting == i })
			c = r.dial(t)
			c.send(post("/stays", ""))
			queue(t, g, i+1)
		}
	}
	stays.send(post("/last", ""))
	queue(t, g, 11)
	g.End("test")
	stays.receive("POST")
	eventually(t, "all have come", func() bool { return len(j.paths()) == 11 })
	if got := strings.Count(strings.Join(j.paths(), " "), "/left"); got != 5 {
		t.Errorf("%v, want nothing of those who left", j.paths())
	}
}

// TestHeldWritesAtShutdown: a drain of the server ends the hold, and everybody has an
// answer before it is over.
func TestHeldWritesAtShutdown(t *testing.T) {
	for _, release := range []bool{false, true} {
		j := newJournal(t)
		up := one(t, j.addr)
		r := start(t, up, Options{})
		o := plenty()
		o.Release = release
		g := hold(t, up, o)
		c := r.dial(t)
		c.send(post("/", ""))
		queue(t, g, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if err := r.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		cancel()
		want := map[bool]int{false: 503, true: 200}[release]
		if a := c.receive("POST"); a.StatusCode != want || !a.Close {
			t.Errorf("release %v: %d, want %d and the end of the connection", release, a.StatusCode, want)
		}
		if g.Hold(plenty()) {
			t.Error("a hold after the end")
		}
	}
}

// TestNoWriteIsOvertakenByASwitch: writes come all the time while holds begin, drain,
// move everything and end. From the moment at which a hold has drained the version before
// gets none, and none is lost or sent twice.
func TestNoWriteIsOvertakenByASwitch(t *testing.T) {
	var onto atomic.Int64 // the version that has the writes: 1, 2; 0: none, they are held and drained
	var wrong atomic.Int64
	count := [3]atomic.Int64{}
	addr := func(v int64) string {
		return backend(t, func(w http.ResponseWriter, r *http.Request) {
			if onto.Load() != v {
				wrong.Add(1)
			}
			count[v].Add(1)
		})
	}
	up := upstreamOf(t,
		part{name: "v1", weight: 1, addresses: []string{addr(1)}},
		part{name: "v2", weight: 0, addresses: []string{addr(2)}})
	onto.Store(1)
	r := start(t, up, Options{})
	stop := make(chan struct{})
	var sent, bad atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		c := r.dial(t)
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := io.WriteString(c.Conn, post("/", "x")); err != nil {
					bad.Add(1)
					return
				}
				a, err := c.tryReceive("POST")
				if err != nil || a.StatusCode != 200 {
					bad.Add(1)
					return
				}
				sent.Add(1)
			}
		})
	}
	for i := range 40 {
		before := sent.Load()
		eventually(t, "writes flow", func() bool { return sent.Load() > before+10 })
		g := hold(t, up, plenty())
		eventually(t, "it is drained", func() bool { return g.State().Drained })
		onto.Store(0)
		shares := append([]balancer.Share(nil), up.Split.Shares()...)
		shares[0].Weight, shares[1].Weight = float64(i%2), float64(1-i%2)
		next := *up
		var err error
		if next.Split, err = balancer.NewSplit(shares, 0, &balancer.Sequence{}); err != nil {
			t.Fatal(err)
		}
		publish(t, r, &next)
		onto.Store(int64(2 - i%2))
		g.End("test")
		eventually(t, "the gate is open", func() bool { return !g.shut.Load() })
	}
	close(stop)
	wg.Wait()
	if got := count[1].Load() + count[2].Load(); wrong.Load() != 0 || bad.Load() != 0 || got != sent.Load() {
		t.Errorf("%d on the wrong version, %d failed, %d sent and %d received", wrong.Load(), bad.Load(), sent.Load(), got)
	}
	if count[2].Load() == 0 || sent.Load() < 100 {
		t.Errorf("%d and %d writes: nothing is shown", count[1].Load(), count[2].Load())
	}
}

// TestHeldBodies: of any framing and size, those that find room and those that do not,
// arrive as they were sent.
func TestHeldBodies(t *testing.T) {
	up := one(t, backend(t, hashing))
	r := start(t, up, Options{})
	for _, room := range []int64{0, bodyBuffer, 3 * bodyBuffer, 64 << 20} {
		for _, framing := range []string{"length", "chunked"} {
			for _, size := range []int{0, 1, 1000, smallBuffer, bodyBuffer - 1, bodyBuffer, bodyBuffer + 1, 2 * bodyBuffer, 5 * bodyBuffer, 500_000} {
				name := fmt.Sprintf("room %d, %s, %d bytes", room, framing, size)
				o := plenty()
				o.Bytes = room
				g := hold(t, up, o)
				c, body := r.dial(t), noise(size)
				whole := bodyOf("POST", framing, body) + plainGet
				first := strings.Index(whole, "\r\n\r\n") + 4
				c.send(whole[:first])
				queue(t, g, 1)
				go io.WriteString(c.Conn, whole[first:])
				if framing == "length" && int64(size) > room {
					if n := g.lineBytes(); n != 0 {
						t.Errorf("%s: %d bytes are held, want none", name, n)
					}
				}
				if n := g.lineBytes(); n > room {
					t.Errorf("%s: %d bytes are held", name, n)
				}
				g.End("test")
				if a := c.receive("POST"); a.body != hashed(body) {
					t.Errorf("%s: %d %q, want %q", name, a.StatusCode, a.body, hashed(body))
				}
				if a := c.receive("GET"); a.body != hashed(nil) {
					t.Errorf("%s: the GET behind it: %d %q", name, a.StatusCode, a.body)
				}
				eventually(t, "the gate is open", func() bool { return !g.shut.Load() && g.Inflight() == 0 })
				if n := g.lineBytes(); n != 0 {
					t.Errorf("%s: %d bytes are held by nobody", name, n)
				}
			}
		}
	}
}

func (g *WriteGate) lineBytes() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mu.line.bytes
}

// TestHeldBodyThatDoesNotCome: the slow one holds up nobody, and whoever breaks off or
// sends nonsense costs no endpoint anything.
func TestHeldBodyThatDoesNotCome(t *testing.T) {
	j := newJournal(t)
	up := one(t, j.addr)
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	slow, broken, gone, quick := r.dial(t), r.dial(t), r.dial(t), r.dial(t)
	for i, c := range []*client{slow, broken, gone} {
		framing := "Content-Length: 100000\r\n\r\n12345"
		if c == broken {
			framing = "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"
		}
		c.send("POST /slow HTTP/1.1\r\nHost: a\r\n" + framing)
		queue(t, g, i+1)
	}
	quick.send(post("/quick", ""))
	queue(t, g, 4)
	broken.send("nonsense\r\n")
	if a := broken.receive("POST"); a.StatusCode != 400 {
		t.Errorf("nonsense: %d, want 400", a.StatusCode)
	}
	queue(t, g, 3)
	gone.Close()
	queue(t, g, 2)
	g.End("test")
	if a := quick.receive("POST"); a.StatusCode != 200 {
		t.Errorf("behind a slow one: %d, want 200", a.StatusCode)
	}
	slow.send(strings.Repeat("x", 100000-5))
	if a := slow.receive("POST"); a.body != "/slow 100000" {
		t.Errorf("the slow one: %d %q", a.StatusCode, a.body)
	}
}

// TestHeldClientThatExpectsToBeAsked is asked when its turn has come, not before; one
// that is refused has sent its body to nobody.
func TestHeldClientThatExpectsToBeAsked(t *testing.T) {
	for _, max := range []time.Duration{time.Minute, 50 * time.Millisecond} {
		j := newJournal(t)
		up := one(t, j.addr)
		r := start(t, up, Options{})
		o := plenty()
		o.Max = max
		g := hold(t, up, o)
		c := r.dial(t)
		c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
		if max < time.Second {
			refusedAtLast(t, c.receive("POST"))
			continue
		}
		queue(t, g, 1)
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.br.Peek(1); err == nil {
			t.Error("it is asked while it is held")
		}
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		g.End("test")
		if a, err := http.ReadResponse(c.br, nil); err != nil || a.StatusCode != 100 {
			t.Fatalf("%v %v, want 100", a, err)
		}
		c.send("12345")
		if a := c.receive("POST"); a.body != "/ 5" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
	}
}

func refusedAtLast(t *testing.T, a got) {
	t.Helper()
	if a.StatusCode != 503 || a.Header.Get("X-Weir-Reason") != "write_hold" {
		t.Errorf("%d %v, want 503 write_hold", a.StatusCode, a.Header)
	}
}

// TestHangingEndpointHoldsUpNobodyForLong: those behind a write whose endpoint cannot be
// reached follow all the same.
func TestHangingEndpointHoldsUpNobodyForLong(t *testing.T) {
	j := newJournal(t)
	up := one(t, j.addr)
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	p := &waitingWrite{turn: make(chan bool, 1)} // of a worker that never says that it has sent
	if let, ok := g.join(p); let || !ok {
		t.Fatal("it does not wait")
	}
	c := r.dial(t)
	c.send(post("/", ""))
	queue(t, g, 2)
	g.End("test")
	if a := c.receive("POST"); a.StatusCode != 200 {
		t.Errorf("%d, want 200", a.StatusCode)
	}
	if !receive(t, "its turn", p.turn) {
		t.Error("refused")
	}
	g.leave()
}

// TestHoldCountsNothingInTheVerdict: the time for which a write was held is in what the
// user saw, not in what the version is judged by.
func TestHoldCountsNothingInTheVerdict(t *testing.T) {
	up := one(t, newJournal(t).addr)
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	c := r.dial(t)
	c.send(post("/", ""))
	queue(t, g, 1)
	time.Sleep(60 * time.Millisecond) // what is measured is time
	g.End("test")
	c.receive("POST")
	eventually(t, "it is over", func() bool { return up.Live.Users.Requests() == 1 })
	var totals outcome.Totals
	up.Versions[0].Stats.Totals(&totals)
	if q := totals.FirstLatency.Quantile(1); q > 50*time.Millisecond {
		t.Errorf("first byte after %v, want the hold left out", q)
	}
}
