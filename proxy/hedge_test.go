package proxy

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// hanging is an endpoint that takes requests, says first, and nothing more before
// release. It tells when its connection ends.
type hanging struct {
	addr    string
	release func()
	gone    chan struct{}
}

func newHanging(t *testing.T, first string) *hanging {
	released := make(chan struct{})
	h := &hanging{release: sync.OnceFunc(func() { close(released) }), gone: make(chan struct{}, 10)}
	h.addr = rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			if _, err := readRequest(br); err != nil {
				h.gone <- struct{}{}
				return
			}
			io.WriteString(nc, first)
			over := make(chan struct{})
			go func() {
				defer close(over)
				br.Peek(1) // nothing more is sent to it before its answer
			}()
			select {
			case <-released:
				io.WriteString(nc, strings.Replace(plainAnswer, "hello", "later", 1))
				<-over
			case <-over:
			}
		}
	})
	t.Cleanup(h.release)
	return h
}

// judged is an upstream whose candidate has all the traffic, and is overdue soon.
func judged(t *testing.T, stable, candidate string) *Upstream {
	up := upstreamOf(t,
		part{name: "v1", weight: 0, addresses: []string{stable}},
		part{name: "v2", weight: 1, addresses: []string{candidate}, shielded: true})
	up.Live.OverdueAfter.Store(int64(40 * time.Millisecond))
	up.Timeouts.Response, up.Timeouts.Idle = time.Hour, time.Hour
	up.Retry = Retry{Tries: 1} // the shield does not need it
	return up
}

// TestOverdueIsHedged: a candidate that takes requests and never answers keeps
// nobody waiting for its response timeout.
func TestOverdueIsHedged(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4*bodyBuffer/16)
	for name, request := range map[string]string{
		"GET":               plainGet,
		"PUT":               "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
		"a long PUT":        fmt.Sprintf("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(long), long),
		"in chunks":         "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		"which may upgrade": "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
		"behind an interim": plainGet,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHanging(t, map[string]string{"behind an interim": "HTTP/1.1 100 Continue\r\n\r\n"}[name])
			var bodies atomic.Int64
			up := judged(t, backend(t, func(w http.ResponseWriter, r *http.Request) {
				n, _ := io.Copy(io.Discard, r.Body)
				bodies.Add(n)
				io.WriteString(w, "hello")
			}), h.addr)
			up.HoldBody = 1 << 20
			c := start(t, up, Options{}).dial(t)
			c.send(request)
			if g := c.receive("GET"); g.StatusCode != 200 || g.body != "hello" {
				t.Fatalf("%d %q, want stable's answer", g.StatusCode, g.body)
			}
			receive(t, "the candidate's connection closed", h.gone)
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			v1, v2 := up.Versions[0], up.Versions[1]
			if f, l := firsts(v2), laters(v1); f != [outcome.NumKinds]uint64{outcome.Overdue: 1} || l != [outcome.NumKinds]uint64{outcome.OK: 1} {
				t.Errorf("candidate %v, stable later %v, want one overdue and one ok", f, l)
			}
			if n := v2.Endpoints[0].Stats.Counts(); n.FirstFailed != 1 || n.Failed != 1 {
				t.Errorf("the endpoint: %+v, want one failed first attempt, which may eject it", n)
			}
			if n, ok := v2.Shield.Retries.Load(), v2.Shield.OK.Load(); n != 1 || ok != 1 {
				t.Errorf("shield: %d retries, %d ok, want 1 and 1", n, ok)
			}
			if want, got := map[string]int64{"PUT": 2, "a long PUT": int64(len(long)), "in chunks": 2}[name], bodies.Load(); got != want {
				t.Errorf("stable got %d bytes of a body, want %d", got, want)
			}
			var users outcome.UserTotals
			if up.Live.Users.Totals(&users); users.Errors != 0 {
				t.Errorf("users saw %d errors, want 0", users.Errors)
			}
		})
	}
}

func latencies(v *Version) uint64 {
	var t outcome.Totals
	v.Stats.Totals(&t)
	return t.Latency.Count()
}

// TestNotHedged: what must not be sent twice, or has nowhere to go, waits for the
// answer that it has asked for.
func TestNotHedged(t *testing.T) {
	const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
	for name, tt := range map[string]struct {
		request string
		first   string // from the candidate, at once
		change  func(up *Upstream)
		fine    bool // it is not overdue either
	}{
		"POST":                         {request: post},
		"POST that retries may repeat": {request: post, change: func(up *Upstream) { up.Retry.NonIdempotent = true }},
		"a body that nobody holds":     {request: "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 20001\r\n\r\n" + strings.Repeat("x", 20001)},
		"outside of a rollout":         {request: plainGet, change: func(up *Upstream) { up.Versions[1].Shielded = false }},
		"nothing is overdue":           {request: plainGet, change: func(up *Upstream) { up.Live.OverdueAfter.Store(0) }, fine: true},
		"the shield's budget is spent": {request: plainGet, change: func(up *Upstream) {
			up.Live.ShieldBudget = outcome.NewBudget(0, 0, 0)
		}},
		"stable is down":             {request: plainGet, change: func(up *Upstream) { up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down) }},
		"the client has heard of it": {request: plainGet, first: "HTTP/1.1 103 Early Hints\r\n\r\n"},
		"the answer has begun":       {request: plainGet, first: "HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Last: ", fine: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHanging(t, tt.first)
			var count atomic.Int64
			up := judged(t, backend(t, func(http.ResponseWriter, *http.Request) { count.Add(1) }), h.addr)
			if tt.change != nil {
				tt.change(up)
			}
			c := start(t, up, Options{}).dial(t)
			c.send(tt.request)
			v1, v2 := up.Versions[0], up.Versions[1]
			switch {
			case tt.first != "" && tt.fine:
				eventually(t, "the first byte", func() bool { return latencies(v2) == 1 })
			case tt.fine:
				eventually(t, "the request at the candidate", func() bool { return v2.Endpoints[0].Live.Inflight() == 1 })
			default:
				eventually(t, "overdue", func() bool { return firsts(v2)[outcome.Overdue] == 1 })
			}
			h.release()
			g := c.receive("GET")
			if g.StatusCode == 103 {
				g = c.receive("GET")
			}
			if g.StatusCode != 200 || g.body != "later" {
				t.Errorf("%d %q, want the candidate's answer", g.StatusCode, g.body)
			}
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			if n := count.Load(); n != 0 || laters(v1) != [outcome.NumKinds]uint64{} {
				t.Errorf("%d requests at stable and later attempts %v, want none", n, laters(v1))
			}
		})
	}
}

// TestHedgedAsSoonAsThereIsRoom: a budget that is spent is so for a moment.
func TestHedgedAsSoonAsThereIsRoom(t *testing.T) {
	h := newHanging(t, "")
	up := judged(t, cannedBackend(t), h.addr)
	stable := up.Versions[0].Endpoints[0].Live
	stable.SetAdmin(balancer.Down)
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	eventually(t, "overdue", func() bool { return firsts(up.Versions[1])[outcome.Overdue] == 1 })
	stable.SetAdmin(balancer.Up)
	up.Split.Shares()[0].Group.Rebuild()
	if g := c.receive("GET"); g.StatusCode != 200 || g.body != "hello" {
		t.Errorf("%d %q, want stable's answer", g.StatusCode, g.body)
	}
}

// TestHedgeThatHangs is an attempt like any other on stable: nothing hedges it.
func TestHedgeThatHangs(t *testing.T) {
	h, g := newHanging(t, ""), newHanging(t, "")
	up := judged(t, g.addr, h.addr)
	up.Timeouts.Response = 300 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if got := c.receive("GET"); got.StatusCode != 504 {
		t.Errorf("%d, want 504 when stable hangs, too", got.StatusCode)
	}
	if f, l := firsts(up.Versions[1]), laters(up.Versions[0]); f[outcome.Overdue] != 1 || l[outcome.Timeout] != 1 {
		t.Errorf("candidate %v, stable %v, want one overdue and one that timed out", f, l)
	}
}

// TestOverduePostTimesOut: it is not sent again then either.
func TestOverduePostTimesOut(t *testing.T) {
	h := newHanging(t, "")
	up := judged(t, cannedPosts(t), h.addr)
	up.Timeouts.Response = 100 * time.Millisecond
	c := start(t, up, Options{}).dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
	if g := c.receive("POST"); g.StatusCode != 504 {
		t.Errorf("%d %q, want 504", g.StatusCode, g.body)
	}
	if l := laters(up.Versions[0]); l != [outcome.NumKinds]uint64{} {
		t.Errorf("later attempts %v, want none", l)
	}
}

// TestClientThatLeavesTheHedge: the candidate stays at fault, and stable is not.
func TestClientThatLeavesTheHedge(t *testing.T) {
	onlyLinux(t)
	h := newHanging(t, "")
	addr, arrived, gone := abandoned(t, "")
	up := judged(t, addr, h.addr)
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	receive(t, "the request at stable", arrived)
	c.Close()
	receive(t, "the end at stable", gone)
	v1, v2 := up.Versions[0], up.Versions[1]
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f, l := firsts(v2), laters(v1); f != [outcome.NumKinds]uint64{outcome.Overdue: 1} || l != [outcome.NumKinds]uint64{outcome.Canceled: 1} {
		t.Errorf("candidate %v, stable later %v, want one overdue and one canceled", f, l)
	}
	if n := v2.Shield.Retries.Load(); n != 0 {
		t.Errorf("%d retries say something about stable, want none", n)
	}
}

// TestHedgeRace: answers come in the moment in which they are overdue. Each request
// gets its own answer, and each first attempt is counted once.
func TestHedgeRace(t *testing.T) {
	const clients, each, due = 8, 150, 3 * time.Millisecond
	echo := func(slow bool) string {
		return backend(t, func(w http.ResponseWriter, r *http.Request) {
			if slow {
				time.Sleep(time.Duration(rand.Int64N(int64(2 * due))))
			}
			io.WriteString(w, r.URL.Path)
		})
	}
	up := judged(t, echo(false), echo(true))
	up.Live.OverdueAfter.Store(int64(due))
	up.Live.ShieldBudget = nil
	r := start(t, up, Options{})
	var wg sync.WaitGroup
	for i := range clients {
		c := r.dial(t)
		wg.Go(func() {
			for j := range each {
				path := fmt.Sprintf("/%d/%d", i, j)
				c.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
				if g, err := c.tryReceive("GET"); err != nil || g.StatusCode != 200 || g.body != path {
					t.Errorf("%s: %v %q, want its own answer", path, err, g.body)
					return
				}
			}
		})
	}
	wg.Wait()
	eventually(t, "all over", func() bool { return up.Live.Users.Requests() == clients*each })
	f, l := firsts(up.Versions[1]), laters(up.Versions[0])
	if f[outcome.OK]+f[outcome.Overdue] != clients*each {
		t.Errorf("first attempts %v, want %d, each once", f, clients*each)
	}
	if hedged := l[outcome.OK]; hedged == 0 || f[outcome.OK] == 0 || hedged > f[outcome.Overdue] {
		t.Errorf("%d hedged, first attempts %v: want both ways to end, and none hedged that was not overdue", hedged, f)
	}
}
