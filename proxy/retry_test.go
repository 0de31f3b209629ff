package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/balancer"
	"weir/health/outcome"
)

// failing is a backend that counts what it gets and fails in one way.
type failing struct {
	addr  string
	count atomic.Int64
}

func (f *failing) script(then func(nc net.Conn)) func(net.Conn, *bufio.Reader) {
	return func(nc net.Conn, br *bufio.Reader) {
		for {
			if _, err := readRequest(br); err != nil {
				return
			}
			f.count.Add(1)
			then(nc)
		}
	}
}

func newFailing(t *testing.T, how string) *failing {
	f := &failing{}
	switch how {
	case "refused":
		f.addr = deadAddress(t)
	case "reset":
		f.addr = rawBackend(t, f.script(func(nc net.Conn) {
			nc.(*net.TCPConn).SetLinger(0)
			nc.Close()
		}))
	case "closed":
		f.addr = rawBackend(t, f.script(func(nc net.Conn) { nc.Close() }))
	case "half a head":
		f.addr = rawBackend(t, f.script(func(nc net.Conn) {
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nX: ")
			nc.Close()
		}))
	case "bad head":
		f.addr = rawBackend(t, f.script(func(nc net.Conn) { io.WriteString(nc, "HTTP/2.0 200 OK\r\n\r\n") }))
	case "503", "500":
		f.addr = rawBackend(t, f.script(func(nc net.Conn) {
			fmt.Fprintf(nc, "HTTP/1.1 %s Sorry\r\nContent-Length: 4\r\n\r\nfail", how)
		}))
	case "silent":
		f.addr = rawBackend(t, f.script(func(net.Conn) {}))
	default:
		t.Fatalf("no backend fails like %q", how)
	}
	return f
}

// TestFailures sends one request to an endpoint that fails and tells what the
// user sees, with and without another endpoint beside it.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		how    string
		kind   outcome.Kind
		status int    // without another endpoint
		reason string // of it
		get    int    // status of GET with another endpoint
		post   int    // status of POST with another endpoint
	}{
		{"refused", outcome.Connect, 502, "upstream_connect", 200, 200},
		{"reset", outcome.Reset, 502, "upstream_reset", 200, 502},
		{"closed", outcome.Reset, 502, "upstream_reset", 200, 502},
		{"half a head", outcome.Reset, 502, "upstream_reset", 200, 502},
		{"bad head", outcome.Reset, 502, "upstream_answer", 200, 502},
		{"silent", outcome.Timeout, 504, "upstream_timeout", 200, 504},
		{"503", outcome.Error, 503, "", 200, 503},
		{"500", outcome.Error, 500, "", 500, 500}, // not in retry.on
	} {
		t.Run(tt.how, func(t *testing.T) {
			t.Run("alone", func(t *testing.T) {
				f := newFailing(t, tt.how)
				up := one(t, f.addr)
				up.Timeouts.Response = 60 * time.Millisecond
				r := start(t, up, Options{})
				g := r.dial(t).get("/")
				if g.StatusCode != tt.status || g.Header.Get("X-Weir-Reason") != tt.reason {
					t.Errorf("%d %q, want %d %q", g.StatusCode, g.Header.Get("X-Weir-Reason"), tt.status, tt.reason)
				}
				if strings.Contains(g.body, "127.0.0.1") || strings.Contains(g.body, "dial") {
					t.Errorf("body %q tells something internal", g.body)
				}
				if n := firsts(up.Versions[0])[tt.kind]; n != 1 {
					t.Errorf("outcomes %v, want one %v", firsts(up.Versions[0]), tt.kind)
				}
				select {
				case <-up.Live.Wake:
				default:
					t.Error("nobody was woken")
				}
			})
			for method, want := range map[string]int{"GET": tt.get, "POST": tt.post} {
				t.Run(method, func(t *testing.T) {
					f := newFailing(t, tt.how)
					var good atomic.Int64
					other := backend(t, func(http.ResponseWriter, *http.Request) { good.Add(1) })
					up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, other}})
					up.Timeouts.Response = 60 * time.Millisecond
					r := start(t, up, Options{})
					c := r.dial(t)
					for i, want := range []int{want, 200} { // the first begins at the failing endpoint, the second at the other
						c.send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
						if g := c.receive(method); g.StatusCode != want {
							t.Errorf("answer %d: %d, want %d", i, g.StatusCode, want)
						}
					}
					eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
					var users outcome.UserTotals
					up.Live.Users.Totals(&users)
					var errors, repeated uint64 = 1, 0
					if want == 200 {
						errors, repeated = 0, 1
					}
					if users.Errors != errors {
						t.Errorf("users saw %d errors, want %d", users.Errors, errors)
					}
					first := [outcome.NumKinds]uint64{outcome.OK: 1}
					first[tt.kind]++
					if f := firsts(up.Versions[0]); f != first {
						t.Errorf("first outcomes %v, want %v", f, first)
					}
					if l := laters(up.Versions[0]); l != [outcome.NumKinds]uint64{outcome.OK: repeated} {
						t.Errorf("later outcomes %v, want %d ok", l, repeated)
					}
					if method == "POST" {
						if n := f.count.Load() + good.Load(); n != 2 {
							t.Errorf("2 POSTs reached endpoints %d times, want once each", n)
						}
					}
				})
			}
		})
	}
}

// TestNoRetryAfterAnInterimAnswer: the client has heard of one endpoint, the final
// answer must not be another's.
func TestNoRetryAfterAnInterimAnswer(t *testing.T) {
	var count atomic.Int64
	early := func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			count.Add(1)
			io.WriteString(nc, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
		}
	}
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, early), rawBackend(t, early)}})
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	if g := c.receive("GET"); g.StatusCode != 103 {
		t.Fatalf("first answer %d, want 103", g.StatusCode)
	}
	if g := c.receive("GET"); g.StatusCode != 502 {
		t.Errorf("final answer %d, want 502", g.StatusCode)
	}
	if n := count.Load(); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

// TestRetryWhileFailingOpen: with every endpoint ejected, requests are still sent
// and sent again.
func TestRetryWhileFailingOpen(t *testing.T) {
	f := newFailing(t, "reset")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, cannedBackend(t)}})
	for _, e := range up.Versions[0].Endpoints {
		e.Live.SetEjected(true)
	}
	up.Split.Shares()[0].Group.Rebuild()
	c := start(t, up, Options{}).dial(t)
	for i := range 4 {
		if g := c.get("/"); g.StatusCode != 200 {
			t.Errorf("GET %d: %d, want 200", i, g.StatusCode)
		}
	}
	if n := f.count.Load(); n != 2 {
		t.Errorf("%d attempts at the broken endpoint, want every other first one", n)
	}
}

func TestTriesAreBounded(t *testing.T) {
	a, b, d := newFailing(t, "503"), newFailing(t, "503"), newFailing(t, "503")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{a.addr, b.addr, d.addr}})
	r := start(t, up, Options{})
	if g := r.dial(t).get("/"); g.StatusCode != 503 || g.body != "fail" {
		t.Errorf("%d %q, want the endpoint's own 503", g.StatusCode, g.body)
	}
	if n := a.count.Load() + b.count.Load() + d.count.Load(); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

func TestAnEmptyBudgetStopsRetries(t *testing.T) {
	a, b := newFailing(t, "503"), newFailing(t, "503")
	up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{a.addr, b.addr}})
	up.Retry.Budget = outcome.NewBudget(1, 0, 0)
	c := start(t, up, Options{}).dial(t)
	for range 3 {
		c.get("/")
	}
	if n := a.count.Load() + b.count.Load(); n != 4 {
		t.Errorf("%d attempts of 3 requests with one retry to spend, want 4", n)
	}
}

// TestStaleConnectionIsNobodysFailure has the endpoint close each connection
// after its first answer, without saying so.
func TestStaleConnectionIsNobodysFailure(t *testing.T) {
	var count atomic.Int64
	closed := make(chan struct{}, 10)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			count.Add(1)
			io.WriteString(nc, plainAnswer)
			nc.Close()
			closed <- struct{}{}
		}
	})
	up := one(t, addr)
	c := start(t, up, Options{}).dial(t)
	for i := range 6 {
		method := []string{"GET", "POST"}[i%2]
		c.send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
		if g := c.receive(method); g.StatusCode != 200 {
			t.Fatalf("%s on a connection closed meanwhile: %d, want 200", method, g.StatusCode)
		}
		<-closed
		time.Sleep(3 * time.Millisecond) // one that is hot counts as in use: see pool
	}
	if n := count.Load(); n != 6 {
		t.Errorf("%d requests at the endpoint, want 6", n)
	}
	eventually(t, "6 requests over", func() bool { return up.Live.Users.Requests() == 6 })
	if f := firsts(up.Versions[0]); f[outcome.OK] != 6 || laters(up.Versions[0]) != [outcome.NumKinds]uint64{} {
		t.Errorf("outcomes %v and later %v, want 6 ok at the first attempt", f, laters(up.Versions[0]))
	}
}

// TestStaleConnectionLeavesTheUploadItsTime: what had gone over the stale connection
// is no beginning of the wait for an answer over the fresh one.
func TestStaleConnectionLeavesTheUploadItsTime(t *testing.T) {
	const size, response = 16 << 20, time.Second
	var conns atomic.Int64
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		fresh := conns.Add(1) > 1
		if !fresh {
			if _, err := readRequest(br); err != nil {
				return
			}
			io.WriteString(nc, plainAnswer)
			if req, err := http.ReadRequest(br); err == nil {
				io.Copy(io.Discard, req.Body) // and no answer: closed
			}
			return
		}
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		for range 8 {
			time.Sleep(response / 4)
			io.CopyN(io.Discard, req.Body, size/8)
		}
		io.WriteString(nc, plainAnswer)
		br.Peek(1)
	})
	up := one(t, addr)
	up.HoldBody, up.Timeouts.Response = size, response
	c := start(t, up, Options{}).dial(t)
	c.get("/")
	go io.WriteString(c.Conn, bodyOf("PUT", "length", make([]byte, size)))
	if g := c.receive("PUT"); g.StatusCode != 200 {
		t.Errorf("%d %s, want 200", g.StatusCode, g.Header.Get("X-Weir-Reason"))
	}
	if n := conns.Load(); n != 2 {
		t.Errorf("%d connections, want a stale one and a fresh one", n)
	}
}

// TestConnectionClosedUnderARequest is the race that no look at the socket
// prevents: the endpoint closes when the request is already on its way. It goes once
// more on a fresh connection, a POST only if that is asked for.
func TestConnectionClosedUnderARequest(t *testing.T) {
	for _, tt := range []struct {
		method        string
		nonIdempotent bool
		want          int
	}{{"GET", false, 200}, {"POST", false, 502}, {"POST", true, 200}} {
		t.Run(fmt.Sprintf("%s, non_idempotent %v", tt.method, tt.nonIdempotent), func(t *testing.T) {
			var answers atomic.Int64
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				for n := 0; ; n++ {
					if _, err := readRequest(br); err != nil || n == 1 {
						return // the second request on a connection is not answered
					}
					answers.Add(1)
					io.WriteString(nc, plainAnswer)
				}
			})
			up := one(t, addr)
			up.Retry.NonIdempotent = tt.nonIdempotent
			c := start(t, up, Options{}).dial(t)
			if g := c.get("/"); g.StatusCode != 200 {
				t.Fatalf("first answer %d, want 200", g.StatusCode)
			}
			eventually(t, "idle connection", func() bool { return up.Versions[0].Endpoints[0].pool.Idle() == 1 })
			c.send(tt.method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
			if g := c.receive(tt.method); g.StatusCode != tt.want {
				t.Errorf("second answer %d, want %d", g.StatusCode, tt.want)
			}
			want := uint64(2)
			if tt.want != 200 {
				want = 1
			}
			eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
			if ok := firsts(up.Versions[0])[outcome.OK]; ok != want || uint64(answers.Load()) != want {
				t.Errorf("%d ok first attempts, %d answers, want %d", ok, answers.Load(), want)
			}
		})
	}
}

// TestUnsolicitedAnswerIsNotDelivered: the next client must not get what nobody
// asked for.
func TestUnsolicitedAnswerIsNotDelivered(t *testing.T) {
	for name, extra := range map[string]string{
		"with the answer": plainAnswer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"204 with a body": "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"behind chunks":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, one(t, rawBackend(t, answering(extra))), Options{})
			for range 3 {
				if g := r.dial(t).get("/"); g.body == "evil" {
					t.Fatal("a client got an answer that nobody asked for")
				}
			}
		})
	}
}

// TestLateAnswerIsNotDelivered: bytes that come when their connection is idle are
// not the answer to what is sent over it next; behind a framed answer, from a
// moment on.
func TestLateAnswerIsNotDelivered(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for method, answer := range map[string]string{
		"GET":  plainAnswer,
		"HEAD": fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(evil)), // and then, wrongly, such a body
	} {
		t.Run(method, func(t *testing.T) {
			now, sent := make(chan struct{}), make(chan struct{})
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				io.WriteString(nc, answer)
				<-now
				io.WriteString(nc, evil)
				sent <- struct{}{}
				readRequest(br)
			})
			r := start(t, one(t, addr), Options{})
			for range 20 {
				c := r.dial(t)
				c.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n")
				if g := c.receive(method); g.body == "evil" {
					t.Fatal("a client got an answer that nobody asked for")
				}
				eventually(t, "the connection idle", func() bool { return r.up.Versions[0].Endpoints[0].pool.Idle() == 1 })
				now <- struct{}{}
				<-sent
				if method == "GET" {
					time.Sleep(12 * time.Millisecond) // else the connection is hot: see the pool
				}
			}
			close(now)
		})
	}
}

// TestRetryFollowsTheNewSnapshot publishes another generation while an attempt
// waits; its retry goes to an endpoint that only that generation has.
func TestRetryFollowsTheNewSnapshot(t *testing.T) {
	waiting, fail := make(chan struct{}), make(chan struct{})
	old := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			close(waiting)
			<-fail
		}
	})
	up := one(t, old)
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send(plainGet)
	<-waiting
	next := upstreamOf(t, part{name: "v0", weight: 1, addresses: []string{cannedBackend(t)}}, part{name: "v1"})
	next.Live = up.Live
	snap, err := NewSnapshot(2, []Route{{Match: Match{Path: "/"}, Upstream: next}})
	if err != nil {
		t.Fatal(err)
	}
	r.Publish(snap)
	close(fail)
	if g := c.receive("GET"); g.body != "hello" {
		t.Errorf("%d %q, want the answer of the new generation's endpoint", g.StatusCode, g.body)
	}
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if firsts(up.Versions[0])[outcome.Reset] != 1 || laters(next.Versions[0])[outcome.OK] != 1 {
		t.Errorf("outcomes %v and %v, want reset of the first and ok of the second", firsts(up.Versions[0]), laters(next.Versions[0]))
	}
}

// TestRetryHasTheKeyOfTheNewSnapshot: it goes where the generation of its moment has
// the request.
func TestRetryHasTheKeyOfTheNewSnapshot(t *testing.T) {
	waiting, fail := make(chan struct{}), make(chan struct{})
	old := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err == nil {
			close(waiting)
			<-fail
		}
	})
	hash := balancer.Balance{Algorithm: balancer.Hash}
	up := balancedBy(t, one(t, old), hash, "$query_a")
	r := start(t, up, Options{})
	next := balancedBy(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: calling(t, "0", "1")}), hash, "$query_b")
	next.Live = up.Live
	keys := [2]string{}
	for i := 0; keys[0] == "" || keys[1] == ""; i++ {
		key := strconv.Itoa(i)
		keys[next.Split.Shares()[0].Group.Pick(&balancer.Ask{Key: []byte(key)}, false)] = key
	}
	c := r.dial(t)
	c.send("GET /?a=" + keys[0] + "&b=" + keys[1] + " HTTP/1.1\r\nHost: a\r\n\r\n")
	<-waiting
	publish(t, r, next)
	close(fail)
	if me := c.receive("GET").Header.Get("X-Me"); me != "1" {
		t.Errorf("answered by %q, want 1: that of the new key", me)
	}
}

func TestNothingUsable(t *testing.T) {
	up := one(t, cannedBackend(t))
	up.Versions[0].Endpoints[0].Live.SetAdmin(balancer.Down)
	r := start(t, up, Options{})
	c := r.dial(t)
	g := c.get("/")
	if g.StatusCode != 503 || g.Header.Get("X-Weir-Reason") != "no_endpoint" || g.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v, want 503 no_endpoint with Retry-After", g.StatusCode, g.Header)
	}
	eventually(t, "counted as the user's", func() bool { return up.Live.Users.Requests() == 1 })
}
