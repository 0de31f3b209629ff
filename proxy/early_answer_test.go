package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestDrippedHeadIsATimeout: an endpoint that always has one more byte of a head
// gets no more time for it than one that says nothing.
func TestDrippedHeadIsATimeout(t *testing.T) {
	for name, head := range map[string]string{
		"final":   "HTTP/1.1 200 OK\r\nX: ",
		"interim": "HTTP/1.1 103 Early Hints\r\nX: ",
	} {
		t.Run(name, func(t *testing.T) {
			up := one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
				if _, err := readRequest(br); err != nil {
					return
				}
				io.WriteString(nc, head)
				for {
					time.Sleep(10 * time.Millisecond) // the drip is what this is about
					if _, err := io.WriteString(nc, "a"); err != nil {
						return
					}
				}
			}))
			up.Timeouts.Response = 100 * time.Millisecond
			c := start(t, up, Options{}).dial(t)
			if g := c.get("/"); g.StatusCode != 504 || g.Header.Get("X-Weir-Reason") != "upstream_timeout" {
				t.Errorf("%d %q, want 504 upstream_timeout", g.StatusCode, g.Header.Get("X-Weir-Reason"))
			}
			eventually(t, "counted", func() bool { return firsts(up.Versions[0])[outcome.Timeout] == 1 })
		})
	}
}

// TestEarlyAnswerAndReset: an endpoint refuses an upload and closes with bytes
// unread, which resets the connection under the uploader. What it said arrives.
func TestEarlyAnswerAndReset(t *testing.T) {
	const said = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig" // not to be met by the next POST
	r := start(t, one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
		if _, err := http.ReadRequest(br); err == nil {
			io.WriteString(nc, said)
		}
	})), Options{})
	for i := range 50 {
		for _, framing := range []string{"Content-Length: 300000", "Transfer-Encoding: chunked"} {
			c := r.dial(t)
			go func() {
				fmt.Fprintf(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n493e0\r\n", framing)
				io.CopyN(c.Conn, &pattern{}, 300_000-7)
			}()
			if g := c.receive("POST"); g.StatusCode != 413 || g.body != "big" {
				t.Fatalf("%d, %s: %d %q %q, want the 413", i, framing, g.StatusCode, g.Header.Get("X-Weir-Reason"), g.body)
			}
			c.Close()
		}
	}
}
