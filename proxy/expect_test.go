package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
)

const expectant = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"

// unhurried gives an endpoint more time to answer by the head than any test takes.
var unhurried = Options{ContinueAfter: time.Minute}

// byHead answers as soon as it has the head; behind tells what comes after it.
func byHead(t *testing.T, answer string) (addr string, behind chan string) {
	behind = make(chan string, 1)
	return rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err != nil {
			return
		}
		io.WriteString(nc, answer)
		rest, _ := io.ReadAll(br)
		behind <- string(rest)
	}), behind
}

// TestNoContinueBeforeAFinalAnswer: who is refused by the head is not asked for
// the body, and the endpoint gets none of it.
func TestNoContinueBeforeAFinalAnswer(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig",
		"HTTP/1.1 401 Who\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbig\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbig",
	} {
		addr, behind := byHead(t, answer)
		up := one(t, addr)
		c := start(t, up, unhurried).dial(t)
		c.send(expectant)
		g := c.receive("PUT")
		if !strings.HasPrefix(answer, "HTTP/1.1 "+g.Status[:3]) || g.body != "big" || !g.Close {
			t.Errorf("%d %q, close %v, want the answer of %q and the close", g.StatusCode, g.body, g.Close, answer)
		}
		if rest := receive(t, "the end at the endpoint", behind); rest != "" {
			t.Errorf("the endpoint got %q behind the head, want nothing", rest)
		}
		c.Conn.(*net.TCPConn).CloseWrite()
		c.closed()
		if n := firsts(up.Versions[0])[outcome.OK]; n != 1 {
			t.Errorf("outcomes %v, want one ok", firsts(up.Versions[0]))
		}
	}
}

// TestContinueBehindAnInterimAnswer: an endpoint that says anything but a final
// answer wants the body, and the client is asked at once, and once.
func TestContinueBehindAnInterimAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		interim string
		want    []int
	}{
		"100":         {"HTTP/1.1 100 Continue\r\n\r\n", []int{100, 200}},
		"103":         {"HTTP/1.1 103 Early Hints\r\n\r\n", []int{103, 100, 200}},
		"103 and 100": {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", []int{103, 100, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			addr := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				req, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				io.WriteString(nc, tt.interim)
				body, _ := io.ReadAll(req.Body)
				io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"+string(body))
			})
			c := start(t, one(t, addr), unhurried).dial(t)
			c.send(expectant)
			for _, want := range tt.want {
				g := c.receive("PUT")
				if g.StatusCode != want {
					t.Fatalf("%d, want %d of %v", g.StatusCode, want, tt.want)
				}
				switch want {
				case 100:
					c.send("abcde")
				case 200:
					if g.body != "abcde" {
						t.Errorf("body %q, want abcde", g.body)
					}
				}
			}
		})
	}
}

// TestExpectantRequestIsRetried: nothing of its body is gone when an endpoint
// fails by the head, and the client is asked for it once.
func TestExpectantRequestIsRetried(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1 503 Sorry\r\nContent-Length: 4\r\n\r\nfail", "HTTP/1.1 200 O"} {
		failing := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			if _, err := http.ReadRequest(br); err == nil {
				io.WriteString(nc, answer)
			}
		})
		other := rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			io.WriteString(nc, "HTTP/1.1 100 Continue\r\n\r\n")
			body, _ := io.ReadAll(req.Body)
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"+string(body))
		})
		c := start(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{failing, other}}), unhurried).dial(t)
		c.send(expectant)
		if g := c.receive("PUT"); g.StatusCode != 100 {
			t.Fatalf("%d, want 100 by the second endpoint", g.StatusCode)
		}
		c.send("abcde")
		if g := c.receive("PUT"); g.body != "abcde" {
			t.Errorf("%d %q, want 200 abcde", g.StatusCode, g.body)
		}
	}
}

// TestHalfAnAnswerByHeadIsATimeout: no upload runs that would extend the wait.
func TestHalfAnAnswerByHeadIsATimeout(t *testing.T) {
	for _, half := range []string{"H", "HTTP/1.1 413 Too"} {
		addr, _ := byHead(t, half)
		up := one(t, addr)
		up.Timeouts.Response = 80 * time.Millisecond
		c := start(t, up, unhurried).dial(t)
		c.send(expectant)
		if g := c.receive("PUT"); g.StatusCode != 504 || !g.Close {
			t.Errorf("%q: %d, close %v, want 504 and the close", half, g.StatusCode, g.Close)
		}
	}
}

// TestBodyThatIsHereNeedsNoContinue: nobody waits for it.
func TestBodyThatIsHereNeedsNoContinue(t *testing.T) {
	c := start(t, one(t, backend(t, hashing)), Options{}).dial(t)
	c.send(expectant + "abcde")
	if g := c.receive("PUT"); g.StatusCode != 200 || g.body != hashed([]byte("abcde")) {
		t.Errorf("%d %q, want 200 at once", g.StatusCode, g.body)
	}
}
