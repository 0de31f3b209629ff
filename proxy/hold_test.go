package proxy

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
)

// bodyOf frames a body for a request, head included.
func bodyOf(method, framing string, body []byte) string {
	if framing == "chunked" {
		return method + " / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body)
	}
	return fmt.Sprintf("%s / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", method, len(body), body)
}

// TestHeldBodiesOfEverySize: exact under either framing, in the framing they were
// sent in, whatever the pieces they come in, below the limit and above it.
func TestHeldBodiesOfEverySize(t *testing.T) {
	addr := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Framing", fmt.Sprint(r.ContentLength, r.TransferEncoding))
		hashing(w, r)
		w.(http.Flusher).Flush() // makes chunks of it, which can have trailers
		w.Header().Set(http.TrailerPrefix+"X-Got", r.Trailer.Get("X-Sum"))
	})
	for _, limit := range []int{1, 1000, bodyBuffer, 3 * bodyBuffer, 1 << 20} {
		up := one(t, addr)
		up.HoldBody = limit
		c := start(t, up, Options{}).dial(t)
		for _, size := range []int{0, 1, 999, 1000, 1001, smallBuffer, bodyBuffer - 1, bodyBuffer, bodyBuffer + 1, 3 * bodyBuffer, 3*bodyBuffer + 1, 300_000} {
			body := noise(size)
			for _, framing := range []string{"length", "chunked"} {
				go func() {
					whole := bodyOf("POST", framing, body) + plainGet // the GET is read together with the end
					for len(whole) > 0 {
						n := min(len(whole), 1+rand.Intn(40_000))
						io.WriteString(c.Conn, whole[:n])
						whole = whole[n:]
					}
				}()
				g := c.receive("POST")
				want := fmt.Sprintf("%d []", size)
				if framing == "chunked" {
					want = "-1 [chunked]"
				}
				if g.body != hashed(body) || g.Header.Get("X-Framing") != want {
					t.Errorf("%s, %d bytes, limit %d: %q %q, want %q %q", framing, size, limit, g.Header.Get("X-Framing"), g.body, want, hashed(body))
				}
				if got := g.Trailer.Get("X-Got"); framing == "chunked" && got != "1" {
					t.Errorf("%s, %d bytes, limit %d: trailer %q, want 1", framing, size, limit, got)
				}
				if g := c.receive("GET"); g.body != hashed(nil) {
					t.Fatalf("the GET behind %s, %d bytes, limit %d: %q", framing, size, limit, g.body)
				}
			}
		}
	}
}

// TestHeldBodyIsSentAgain: the first endpoint takes the whole body, or a part of
// it, and fails; another one gets all of it.
func TestHeldBodyIsSentAgain(t *testing.T) {
	for name, fail := range map[string]func(nc net.Conn, br *bufio.Reader){
		"after the body": func(nc net.Conn, br *bufio.Reader) { readRequest(br) },
		"before the body": func(nc net.Conn, br *bufio.Reader) {
			http.ReadRequest(br)
			nc.(*net.TCPConn).SetLinger(0)
		},
		"with an answer before the body": func(nc net.Conn, br *bufio.Reader) {
			http.ReadRequest(br)
			io.WriteString(nc, "HTTP/1.1 503 Sorry\r\nContent-Length: 4\r\n\r\nfail")
			br.Peek(40_000)
		},
	} {
		for _, framing := range []string{"length", "chunked"} {
			for _, size := range []int{100, smallBuffer + 1, 200_000} {
				t.Run(fmt.Sprintf("%s, %s, %d bytes", name, framing, size), func(t *testing.T) {
					up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{rawBackend(t, fail), backend(t, hashing)}})
					up.HoldBody = 1 << 20
					c := start(t, up, Options{}).dial(t)
					body := noise(size)
					whole := bodyOf("PUT", framing, body)
					c.send(whole[:80])
					go io.WriteString(c.Conn, whole[80:]+plainGet)
					if g := c.receive("PUT"); g.body != hashed(body) {
						t.Errorf("%d %q, want %q", g.StatusCode, g.body, hashed(body))
					}
					if g := c.receive("GET"); g.StatusCode != 200 {
						t.Errorf("the next request: %d, want 200", g.StatusCode)
					}
					eventually(t, "2 requests over", func() bool { return up.Live.Users.Requests() == 2 })
					if n := laters(up.Versions[0])[outcome.OK]; n != 1 && n != 2 {
						t.Errorf("later outcomes %v, want a retry", laters(up.Versions[0]))
					}
				})
			}
		}
	}
}

// TestHeldBodyUnderTheShield: the candidate fails with the body in its hands,
// stable answers; a POST is not sent twice.
func TestHeldBodyUnderTheShield(t *testing.T) {
	for method, want := range map[string]int{"PUT": 200, "POST": 500} {
		f := newFailing(t, "500")
		up := upstreamOf(t,
			part{name: "v1", weight: 0, addresses: []string{backend(t, hashing)}},
			part{name: "v2", weight: 1, addresses: []string{f.addr}, shielded: true})
		up.HoldBody = 1 << 20
		c := start(t, up, Options{}).dial(t)
		body := noise(100_000)
		go io.WriteString(c.Conn, bodyOf(method, "length", body))
		if g := c.receive(method); g.StatusCode != want || (want == 200 && g.body != hashed(body)) {
			t.Errorf("%s: %d %q, want %d", method, g.StatusCode, g.body, want)
		}
		if n := f.count.Load(); n != 1 {
			t.Errorf("%s: %d attempts at the candidate, want 1", method, n)
		}
	}
}

// TestBodyBeyondTheLimitIsNotSentAgain: it is streamed, and what is gone is gone.
func TestBodyBeyondTheLimitIsNotSentAgain(t *testing.T) {
	for _, framing := range []string{"length", "chunked"} {
		f := newFailing(t, "503")
		up := upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{f.addr, backend(t, hashing)}})
		up.HoldBody = 10_000
		c := start(t, up, Options{}).dial(t)
		go io.WriteString(c.Conn, bodyOf("PUT", framing, noise(500_000)))
		if g := c.receive("PUT"); g.StatusCode != 503 {
			t.Errorf("%s: %d, want the endpoint's 503", framing, g.StatusCode)
		}
	}
}

// TestNoAttemptForABodyThatDoesNotCome: who breaks off, falls silent or sends
// nonsense while the body is held costs no endpoint anything.
func TestNoAttemptForABodyThatDoesNotCome(t *testing.T) {
	for name, tt := range map[string]struct {
		head, body string
		status     int // 0: the client leaves
	}{
		"leaves":                {"Content-Length: 10", "abc", 0},
		"leaves in a chunk":     {"Transfer-Encoding: chunked", "5\r\nab", 0},
		"leaves before the end": {"Transfer-Encoding: chunked", "2\r\nab\r\n", 0},
		"silent":                {"Content-Length: 10", "abc", 408},
		"silent in chunks":      {"Transfer-Encoding: chunked", "5\r\nab", 408},
		"no chunk":              {"Transfer-Encoding: chunked", "5\r\nabcdeX\r\n", 400},
		"never invited":         {"Content-Length: 10\r\nExpect: 100-continue", "", 408},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			up := one(t, backend(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			up.HoldBody = 1000
			c := start(t, up, Options{}, func(p *Clients) { p.BodyTimeout = 80 * time.Millisecond }).dial(t)
			c.send("POST / HTTP/1.1\r\nHost: a\r\n" + tt.head + "\r\n\r\n")
			time.Sleep(10 * time.Millisecond) // so that it does not come with the head, most of the time
			c.send(tt.body)
			if tt.status == 0 {
				c.Close()
			} else {
				g := c.receive("POST")
				for g.StatusCode == 100 {
					g = c.receive("POST")
				}
				if g.StatusCode != tt.status || !g.Close {
					t.Errorf("%d, close %v, want %d and the close", g.StatusCode, g.Close, tt.status)
				}
			}
			eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
			if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{} || asked.Load() != 0 {
				t.Errorf("outcomes %v, %d requests at the endpoint, want none", f, asked.Load())
			}
			var users outcome.UserTotals
			up.Live.Users.Totals(&users)
			if users.Errors != 0 || users.Classes[4] != 1 {
				t.Errorf("users %+v, want one 4xx and no error", users.Classes)
			}
		})
	}
}

// TestSlowBodyKeepsNoEndpointWaiting: an attempt begins when the body is here.
func TestSlowBodyKeepsNoEndpointWaiting(t *testing.T) {
	up := one(t, backend(t, hashing))
	up.HoldBody = 1000
	c := start(t, up, Options{}).dial(t)
	c.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if g := c.receive("PUT"); g.StatusCode != 100 {
		t.Fatalf("%d, want 100", g.StatusCode)
	}
	if n := up.Versions[0].Endpoints[0].Live.Inflight(); n != 0 {
		t.Errorf("%d attempts in flight before the body has come, want none", n)
	}
	c.send("abcde")
	if g := c.receive("PUT"); g.body != hashed([]byte("abcde")) {
		t.Errorf("%d %q, want the hash of abcde and no second 100", g.StatusCode, g.body)
	}
}

// TestHeldBodyGoesWhereTheSplitIsThen: while the body comes another generation is
// published; what is chosen is chosen from that.
func TestHeldBodyGoesWhereTheSplitIsThen(t *testing.T) {
	up := one(t, deadAddress(t))
	up.HoldBody = 1000
	r := start(t, up, Options{})
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	if g := c.receive("POST"); g.StatusCode != 100 {
		t.Fatalf("%d, want 100", g.StatusCode)
	}
	next := one(t, backend(t, hashing))
	next.Live, next.Retry.Tries = up.Live, 1
	snap, err := NewSnapshot(2, []Route{{Match: Match{Path: "/"}, Upstream: next}})
	if err != nil {
		t.Fatal(err)
	}
	r.Publish(snap)
	c.send("abcde")
	if g := c.receive("POST"); g.body != hashed([]byte("abcde")) {
		t.Errorf("%d %q, want the answer of the new generation's endpoint", g.StatusCode, g.body)
	}
}

// TestHeldBodyCannotDeadlock: the endpoint answers before it reads, with more than
// any socket holds.
func TestHeldBodyCannotDeadlock(t *testing.T) {
	const size = 12 << 20
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		io.CopyN(nc, &pattern{}, size)
		io.Copy(io.Discard, req.Body)
	})
	up := one(t, addr)
	up.HoldBody = 16 << 20
	up.Timeouts.Response, up.Timeouts.Idle = 30*time.Second, 30*time.Second // 24 MiB on a busy machine
	c := start(t, up, Options{}).dial(t)
	c.SetDeadline(time.Now().Add(time.Minute))
	go io.WriteString(c.Conn, bodyOf("PUT", "length", make([]byte, size)))
	if g := c.receive("PUT"); len(g.body) != size {
		t.Errorf("%d %d bytes, want 200 and %d", g.StatusCode, len(g.body), size)
	}
}

// TestAnswerOutlivesABodyThatIsNotTaken: an endpoint that answers for a long time
// and reads nothing meanwhile is none that hangs.
func TestAnswerOutlivesABodyThatIsNotTaken(t *testing.T) {
	const size, pieces, idle = 16 << 20, 12, 400 * time.Millisecond
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err != nil {
			return
		}
		fmt.Fprintf(nc, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", pieces)
		for range pieces {
			time.Sleep(idle / 4) // together thrice as long as nothing may be taken
			io.WriteString(nc, "x")
		}
		br.Peek(1) // until Weir closes
	})
	up := one(t, addr)
	up.HoldBody, up.Timeouts.Idle = size, idle
	c := start(t, up, Options{}).dial(t)
	go io.WriteString(c.Conn, bodyOf("PUT", "length", make([]byte, size)))
	if g, err := c.tryReceive("PUT"); err != nil || g.body != strings.Repeat("x", pieces) {
		t.Errorf("%v %q, %v, want %d x", g.Response, g.body, err, pieces)
	}
	eventually(t, "the request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.OK: 1} {
		t.Errorf("outcomes %v, want one ok", f)
	}
	if n := up.Versions[0].Endpoints[0].pool.Idle(); n != 0 {
		t.Errorf("%d idle connections, want none: the body has not gone", n)
	}
}

func TestHeldBodyPieces(t *testing.T) {
	var h heldBody
	var want strings.Builder
	for i := range 200 {
		p := noise(i * 37)
		want.Write(p)
		h.add(p)
	}
	var got []byte
	for i := range h.pieces {
		got = append(got, h.piece(i)...)
	}
	if string(got) != want.String() || h.size != int64(want.Len()) || h.piece(len(h.pieces)) != nil {
		t.Errorf("%d bytes held, want %d, or others", len(got), want.Len())
	}
	h.free()
	if h.size != 0 || h.piece(0) != nil {
		t.Error("something is held after it was let go of")
	}
}
