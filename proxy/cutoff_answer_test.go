package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAnswersThatEndAnywhere: an endpoint closes or resets its connection behind
// every byte of an answer. The client gets a 502 or sees the break; only what was
// whole looks whole.
func TestAnswersThatEndAnywhere(t *testing.T) {
	const body = "whole body"
	for name, answer := range map[string]string{
		"length":      fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"chunked":     fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX: y\r\n\r\n", len(body), body),
		"interim":     fmt.Sprintf("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"until close": "HTTP/1.1 200 OK\r\n\r\n" + body,
	} {
		for _, end := range []string{"close", "reset"} {
			for minor := range 2 {
				t.Run(fmt.Sprintf("%s, %s, to 1.%d", name, end, minor), func(t *testing.T) {
					var at atomic.Int64
					r := start(t, one(t, rawBackend(t, func(nc net.Conn, br *bufio.Reader) {
						if _, err := readRequest(br); err != nil {
							return
						}
						io.WriteString(nc, answer[:at.Load()])
						if end == "reset" {
							nc.(*net.TCPConn).SetLinger(0)
						}
					})), Options{})
					for n := range len(answer) + 1 {
						at.Store(int64(n))
						c := r.dial(t)
						c.send(fmt.Sprintf("POST / HTTP/1.%d\r\nHost: a\r\nContent-Length: 0\r\n\r\n", minor))
						g, err := c.tryFinal("POST")
						c.Close()
						whole := n == len(answer) || name == "until close" && end == "close" && n >= strings.Index(answer, "\r\n\r\n")+4
						switch {
						case err == nil && g.StatusCode == 502:
							if whole && end == "close" { // a reset may overtake what came before it
								t.Errorf("%d bytes: 502, want the answer", n)
							}
						case err == nil && !whole:
							t.Errorf("%d bytes: %d %q looks whole", n, g.StatusCode, g.body)
						case err != nil && whole && end == "close":
							t.Errorf("%d bytes: %v, want the whole answer", n, err)
						case err != nil && g.Response == nil:
							t.Errorf("%d bytes: %v without an answer", n, err)
						}
					}
				})
			}
		}
	}
}
