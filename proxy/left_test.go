package proxy

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"weir/health/outcome"
)

// leaving are the ways in which a client gives up.
var leaving = map[string]func(c *client){
	"close": func(c *client) { c.Close() },
	"half":  func(c *client) { c.Conn.(*net.TCPConn).CloseWrite() },
	"reset": func(c *client) { c.Conn.(*net.TCPConn).SetLinger(0); c.Close() },
}

// abandoned is a backend that says when its connection was closed under it.
func abandoned(t *testing.T, head string) (addr string, arrived, gone chan struct{}) {
	t.Helper()
	arrived, gone = make(chan struct{}, 10), make(chan struct{}, 10)
	addr = rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := readRequest(br); err != nil {
			return
		}
		io.WriteString(nc, head)
		arrived <- struct{}{}
		if _, err := br.ReadByte(); err != nil {
			gone <- struct{}{}
		}
	})
	return addr, arrived, gone
}

// TestClientThatLeaves: nobody waits for the answer, so the endpoint need not go on
// with it.
func TestClientThatLeaves(t *testing.T) {
	onlyLinux(t)
	for where, head := range map[string]string{
		"before the answer": "",
		"inside the answer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	} {
		for how, leave := range leaving {
			t.Run(where+"/"+how, func(t *testing.T) {
				addr, arrived, gone := abandoned(t, head)
				up := one(t, addr)
				up.Timeouts.Response, up.Timeouts.Idle = time.Hour, time.Hour
				r := start(t, up, Options{})
				c := r.dial(t)
				c.send(plainGet + plainGet) // the second is in the buffer: the first is given up all the same
				receive(t, "the request at the endpoint", arrived)
				if head != "" {
					c.br.Peek(1)
				}
				leave(c)
				receive(t, "the end at the endpoint", gone)
				eventually(t, "the connection over", func() bool { return r.Connections() == 0 })
				if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.Canceled: 1} {
					t.Errorf("outcomes %v, want one canceled", f)
				}
				var users outcome.UserTotals
				if up.Live.Users.Totals(&users); users.Errors != 0 || users.Classes[4] != 1 {
					t.Errorf("users %+v, want one 4xx (499) and no error", users.Classes)
				}
				e := up.Versions[0].Endpoints[0]
				if n := e.pool.Idle(); n != 0 || len(arrived) != 0 {
					t.Errorf("%d idle connections and %d more requests, want none", n, len(arrived))
				}
				if n := e.Stats.Counts(); n != (outcome.EndpointCounts{}) {
					t.Errorf("endpoint %+v, want nothing against it", n)
				}
			})
		}
	}
}

// onlyLinux skips a test of what other platforms notice late.
func onlyLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("connections are watched on Linux only")
	}
}

// TestClientThatLeavesAnOverdueAttempt: an endpoint that hangs is not excused by
// its clients' impatience.
func TestClientThatLeavesAnOverdueAttempt(t *testing.T) {
	onlyLinux(t)
	addr, arrived, gone := abandoned(t, "")
	up := one(t, addr)
	up.Live.OverdueAfter.Store(1)
	c := start(t, up, Options{}).dial(t)
	c.send(plainGet)
	receive(t, "the request at the endpoint", arrived)
	c.Close()
	receive(t, "the end at the endpoint", gone)
	eventually(t, "overdue", func() bool {
		return firsts(up.Versions[0]) == [outcome.NumKinds]uint64{outcome.Overdue: 1}
	})
}

// TestClientThatClosesItsHalf and waits gets an answer that is there soon.
func TestClientThatClosesItsHalf(t *testing.T) {
	r := start(t, one(t, cannedBackend(t)), Options{})
	for range 20 {
		c := r.dial(t)
		c.send(plainGet)
		c.Conn.(*net.TCPConn).CloseWrite()
		if g := c.receive("GET"); g.StatusCode != 200 {
			t.Fatalf("%d, want 200", g.StatusCode)
		}
	}
}

func TestClientThatLeavesBetweenRequests(t *testing.T) {
	for how, leave := range leaving {
		t.Run(how, func(t *testing.T) {
			up := one(t, cannedBackend(t))
			r := start(t, up, Options{})
			c := r.dial(t)
			c.get("/")
			e := up.Versions[0].Endpoints[0]
			eventually(t, "idle", func() bool { return e.pool.Idle() == 1 })
			leave(c)
			eventually(t, "the connection over", func() bool { return r.Connections() == 0 })
			if n := e.pool.Idle(); n != 1 {
				t.Errorf("%d idle connections, want the one kept", n)
			}
			if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
				t.Errorf("outcomes %v, want one ok", f)
			}
		})
	}
}

// TestClientThatLeavesUnderTLS: the socket below is watched.
func TestClientThatLeavesUnderTLS(t *testing.T) {
	onlyLinux(t)
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	addr, arrived, gone := abandoned(t, "")
	r := start(t, one(t, addr), Options{})
	ln := tls.NewListener(listen(t), &tls.Config{Certificates: certified.TLS.Certificates})
	var wg sync.WaitGroup
	wg.Go(func() { r.Serve(ln) })
	defer wg.Wait()
	defer ln.Close()
	nc, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, plainGet)
	receive(t, "the request at the endpoint", arrived)
	nc.NetConn().Close() // without a word of TLS
	receive(t, "the end at the endpoint", gone)
}

// TestClientsThatLeaveHitNobodyElse: connections to the endpoint go from client to
// client, and the watcher of one that left must not interrupt the next.
func TestClientsThatLeaveHitNobodyElse(t *testing.T) {
	up := one(t, cannedBackend(t))
	r := start(t, up, Options{})
	stop := time.Now().Add(time.Second)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(stop) {
				nc, err := net.Dial("tcp", r.addr)
				if err != nil {
					t.Error(err)
					return
				}
				io.WriteString(nc, plainGet)
				if n := rand.IntN(80); n > 0 {
					nc.SetReadDeadline(time.Now().Add(time.Duration(n) * time.Microsecond))
					nc.Read(make([]byte, 1))
				}
				nc.Close()
			}
		})
		wg.Go(func() {
			c := r.dial(t)
			for time.Now().Before(stop) {
				c.send(plainGet)
				if g, err := c.tryReceive("GET"); err != nil || g.StatusCode != 200 {
					t.Errorf("%v %v, want 200", g.Response, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for k, n := range firsts(up.Versions[0]) {
		if k := outcome.Kind(k); n > 0 && k != outcome.OK && k != outcome.Canceled {
			t.Errorf("%d attempts %v, want ok and canceled only", n, k)
		}
	}
}

// TestEndpointThatHangsUpIsLeft: its idle connections are closed on this side too,
// before anybody tries them.
func TestEndpointThatHangsUpIsLeft(t *testing.T) {
	onlyLinux(t)
	closing := make(chan struct{})
	ended := make(chan error, 1)
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		readRequest(br)
		io.WriteString(nc, plainAnswer)
		<-closing
		nc.(*net.TCPConn).CloseWrite()
		_, err := br.ReadByte()
		ended <- err
	})
	up := one(t, addr)
	start(t, up, Options{}).dial(t).get("/")
	e := up.Versions[0].Endpoints[0]
	eventually(t, "idle", func() bool { return e.pool.Idle() == 1 })
	close(closing)
	eventually(t, "nothing idle", func() bool { return e.pool.Idle() == 0 })
	if err := receive(t, "the close", ended); !errors.Is(err, io.EOF) {
		t.Errorf("the endpoint read %v, want the end", err)
	}
}
