package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/proxy/internal/hostile"
	"weir/proxy/internal/sock"
)

// villain is an endpoint that answers requests for /bad with the bytes of the
// moment, and all others well.
type villain struct {
	addr   string
	answer atomic.Pointer[hostile.Answer]
	bad    atomic.Int64 // requests for /bad
}

const wellMeant = "well meant"

func startVillain(t testing.TB) *villain {
	v := &villain{}
	v.addr = rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		for {
			req, err := readRequest(br)
			if err != nil {
				return
			}
			if req.URL.Path != "/bad" {
				fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(wellMeant), wellMeant)
				continue
			}
			v.bad.Add(1)
			a := v.answer.Load()
			if _, err := io.WriteString(nc, a.In); err != nil || a.Ends {
				return
			}
		}
	})
	return v
}

// TestHostileEndpoints goes down the table of bad answers: what the client sees,
// which connections live on, and that whoever comes next gets the right answer.
func TestHostileEndpoints(t *testing.T) {
	for _, a := range hostile.Answers() {
		t.Run(rowName(a.Row, a.Name), func(t *testing.T) {
			for minor := range 2 {
				v := startVillain(t)
				r := start(t, one(t, v.addr), Options{})
				c, other := r.dial(t), r.dial(t)
				over := v.suffer(t, c, a, minor)
				pool := r.up.Versions[0].Endpoints[0].pool
				eventually(t, fmt.Sprintf("the connection kept: %v", a.Kept), func() bool {
					return pool.Idle() == map[bool]int{true: 1}[a.Kept]
				})
				if !over {
					next(t, c)
				}
				next(t, other)
			}
		})
	}
}

// TestHostileEndpointsInPieces: where the segments end changes nothing, except that
// bytes behind an answer may come when its connection is idle again. Then they are
// found before it is used.
func TestHostileEndpointsInPieces(t *testing.T) {
	v := startVillain(t)
	r := start(t, one(t, v.addr), Options{})
	pool := r.up.Versions[0].Endpoints[0].pool
	dial := func() *client { return r.dial(t) } // of the whole test, not of a row
	c, other := dial(), dial()
	for _, a := range hostile.Answers() {
		if len(a.In) > 8<<10 {
			continue // the pieces of those are in no way special
		}
		t.Run(rowName(a.Row, a.Name), func(t *testing.T) {
			for _, at := range append(cuts(a.In), 0) {
				first, step := at, whole
				if at == 0 {
					first, step = 1, 1
				}
				pool.Reap(sock.Now() + time.Hour)
				up, err := pool.Dial(t.Context(), time.Second, nil)
				if err != nil {
					t.Fatal(err)
				}
				up.Reset(&piecedSocket{pieced{Conn: up.Conn.Conn, left: first, step: step}})
				up.Release(sock.Now(), true)
				if v.suffer(t, c, a, 1) {
					c.Close()
					c = dial()
				}
				next(t, c)
				next(t, other)
				if t.Failed() {
					t.Fatalf("cut behind %d bytes: %q", at, a.In[:at])
				}
			}
		})
	}
}

// suffer sends a request for the bad answer. It says whether the client's
// connection is over.
func (v *villain) suffer(t *testing.T, c *client, a hostile.Answer, minor int) (over bool) {
	t.Helper()
	v.answer.Store(&a)
	before := v.bad.Load()
	method := "GET"
	if a.ToHead {
		method = "HEAD"
	}
	c.send(fmt.Sprintf("%s /bad HTTP/1.%d\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", method, minor))
	g, err := c.tryFinal(method)
	switch {
	case g.Response == nil:
		t.Fatalf("to 1.%d: %v, want an answer", minor, err)
	case g.StatusCode != a.Status || g.Header.Get("X-Weir-Reason") != a.Reason || g.Proto != "HTTP/1.1":
		t.Errorf("to 1.%d: %s %d %q, want %d %q", minor, g.Proto, g.StatusCode, g.Header.Get("X-Weir-Reason"), a.Status, a.Reason)
	case a.Reason != "":
		ownWordsOnly(t, g)
	case a.Cut && (err == nil || !strings.HasPrefix(a.Body, g.body)):
		t.Errorf("to 1.%d: body %q, %v, want at most %q and the break", minor, g.body, err, a.Body)
	case !a.Cut && (err != nil || g.body != a.Body):
		t.Errorf("to 1.%d: body %q, %v, want %q", minor, g.body, err, a.Body)
	}
	if n := v.bad.Load() - before; n != 1 {
		t.Errorf("to 1.%d: the endpoint got the request %d times, want once", minor, n)
	}
	over = a.Cut || g.Close
	if over != (a.Cut || minor == 0 && a.Reason == "" && !a.ToHead && g.ContentLength < 0) {
		t.Errorf("to 1.%d: closed: %v", minor, over)
	}
	if over {
		c.closed()
	}
	return over
}

// next checks that a client's next request gets the answer to it.
func next(t *testing.T, c *client) {
	t.Helper()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if g := c.get("/good"); g.body != wellMeant {
		t.Errorf("next: %d %q, want the answer to its own request", g.StatusCode, g.body)
	}
}

// tryFinal reads the answer behind interim ones.
func (c *client) tryFinal(method string) (got, error) {
	for {
		if g, err := c.tryReceive(method); err != nil || g.StatusCode >= 200 {
			return g, err
		}
	}
}

// says sets the answer without expecting anything of it.
func (v *villain) says(answer string, ends bool) {
	v.answer.Store(&hostile.Answer{In: answer, Ends: ends})
}
