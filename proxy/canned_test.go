package proxy

import (
	"bufio"
	"bytes"
	"net"
	"testing"
	"time"
)

const (
	plainGet    = "GET /hello?x=1 HTTP/1.1\r\nHost: weir.test\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"
	plainAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
)

var noDeadline time.Time

// cannedBackend answers each request with plainAnswer and allocates nothing for
// it, so that what is measured is the proxy.
func cannedBackend(t testing.TB) string {
	answer, end := []byte(plainAnswer), []byte("\r\n\r\n")
	return rawBackend(t, func(nc net.Conn, _ *bufio.Reader) {
		buf := make([]byte, 4096)
		for have := 0; ; {
			n, err := nc.Read(buf[have:])
			if err != nil {
				return
			}
			have += n
			for i := bytes.Index(buf[:have], end); i >= 0; i = bytes.Index(buf[:have], end) {
				have = copy(buf, buf[i+len(end):have])
				if _, err := nc.Write(answer); err != nil {
					return
				}
			}
		}
	})
}
