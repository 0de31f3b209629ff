package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"weir/health/outcome"
)

// TestMaxBody: who got what, and what the endpoint saw of it. A body that is too
// large ends the connection, is never completed towards the endpoint, and nothing is
// held against that.
func TestMaxBody(t *testing.T) {
	post := func(fields, body string) string {
		return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body
	}
	length := func(n int) string { return post("Content-Length: "+strconv.Itoa(n), strings.Repeat("a", n)) }
	chunk := func(n int) string { return strconv.FormatInt(int64(n), 16) + "\r\n" + strings.Repeat("a", n) + "\r\n" }
	chunked := func(chunks ...string) string {
		return post("Transfer-Encoding: chunked", strings.Join(chunks, "")+"0\r\n\r\n")
	}
	const large = 100_000
	for _, tt := range []struct {
		name    string
		most    int64
		in      string
		status  int
		reached int64 // requests of which the endpoint saw anything
	}{
		{"no bound", 0, length(large), 200, 1},
		{"no body", 10, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, 1},
		{"length at the bound", 10, length(10), 200, 1},
		{"length over it", 10, length(11), 413, 0},
		{"a length that is never sent", 10, post("Content-Length: 1000000", ""), 413, 0},
		{"a client that asks first", 10, post("Expect: 100-continue\r\nContent-Length: 11", ""), 413, 0},
		{"large length at the bound", large, length(large), 200, 1},
		{"large length over it", large, length(large + 1), 413, 0},
		{"chunks at the bound", 10, chunked(chunk(3), chunk(7)), 200, 1},
		{"chunks over it", 10, chunked(chunk(3), chunk(8)), 413, 0},
		{"large chunks at the bound", large, chunked(chunk(large-1), chunk(1)), 200, 1},
		{"large chunks over it", large, chunked(chunk(large), chunk(1)), 413, 1},
		{"one large chunk", large, chunked(chunk(2 * large)), 413, 1},
		{"many small chunks", large, chunked(strings.Repeat(chunk(1), large+1)), 413, 1},
	} {
		for _, hold := range []int{0, 50, 2 * large} {
			t.Run(tt.name+" held "+strconv.Itoa(hold), func(t *testing.T) {
				var reached, whole atomic.Int64
				addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
					for {
						if _, err := br.Peek(1); err != nil {
							return
						}
						reached.Add(1)
						req, err := http.ReadRequest(br)
						if err != nil {
							return
						}
						if _, err := io.Copy(io.Discard, req.Body); err != nil {
							return
						}
						whole.Add(1)
						io.WriteString(nc, plainAnswer)
					}
				})
				up := one(t, addr)
				up.HoldBody = hold
				r := start(t, up, Options{})
				snap, err := NewSnapshot(2, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up, MaxBody: tt.most}})
				if err != nil {
					t.Fatal(err)
				}
				r.Publish(snap)
				c := r.dial(t)
				go io.WriteString(c.Conn, tt.in)
				g := c.receive("POST")
				if g.StatusCode != tt.status || g.Close != (tt.status != 200) {
					t.Errorf("%d, close %v, want %d", g.StatusCode, g.Close, tt.status)
				}
				if tt.status == 200 {
					c.get("/")
					return
				}
				if g.Header.Get("X-Weir-Reason") != "body_too_large" || r.Rejects()["body_too_large"] != 1 {
					t.Errorf("reason %q, rejects %v, want body_too_large, once", g.Header.Get("X-Weir-Reason"), r.Rejects())
				}
				want := tt.reached
				if hold > large {
					want = 0
				}
				eventually(t, "1 request over", func() bool { return up.Live.Users.Requests() == 1 })
				// The end of its connection may overtake what was sent of a body that is too large.
				if reached.Load() > want || whole.Load() != 0 {
					t.Errorf("%d requests reached the endpoint, %d whole, want at most %d and none", reached.Load(), whole.Load(), want)
				}
				var f [outcome.NumKinds]uint64
				f[outcome.Canceled] = uint64(want)
				if got := firsts(up.Versions[0]); got != f {
					t.Errorf("outcomes %v, want %v", got, f)
				}
				if n := up.Versions[0].Endpoints[0].Stats.Counts(); n != (outcome.EndpointCounts{}) {
					t.Errorf("endpoint %+v, want nothing against it", n)
				}
			})
		}
	}
}

// TestMaxBodyBehindAnEarlyAnswer: an answer that has begun cannot become a 413, but
// the upload ends all the same.
func TestMaxBodyBehindAnEarlyAnswer(t *testing.T) {
	addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err != nil {
			return
		}
		io.WriteString(nc, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
		io.Copy(io.Discard, br)
	})
	up := one(t, addr)
	r := start(t, up, Options{})
	snap, err := NewSnapshot(2, []Route{{Match: Match{Host: "*", Path: "/"}, Upstream: up, MaxBody: 10}})
	if err != nil {
		t.Fatal(err)
	}
	r.Publish(snap)
	c := r.dial(t)
	c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	if line, err := c.br.ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q %v, want the early answer", line, err)
	}
	c.send("6\r\nworld!\r\n")
	if rest, _ := io.ReadAll(c.br); strings.Contains(string(rest), "0\r\n\r\n") {
		t.Errorf("%q: the answer looks whole", rest)
	}
	eventually(t, "1 request over", func() bool { return up.Live.Users.Requests() == 1 })
	if f := firsts(up.Versions[0]); f != [outcome.NumKinds]uint64{outcome.Canceled: 1} {
		t.Errorf("outcomes %v, want one canceled", f)
	}
}
