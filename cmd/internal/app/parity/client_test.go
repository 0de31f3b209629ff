//go:build !race

package parity

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// client sends requests to one proxy over a kept connection and never sends one
// twice.
type client struct {
	addr string
	wire *wire // nil: none is open
}

type wire struct {
	net.Conn
	in *bufio.Reader
}

// answer is what the client got.
type answer struct {
	status int // 0: the connection was closed without one
	header http.Header
	body   string
	at     time.Time // when it had come
}

// send sends a request on the kept connection or, from an address of its own, on
// one of its own.
func (c *client) send(r *shots, n int, id string) (*wire, error) {
	w, keep := c.wire, r.from == "" && !r.behind && !r.leaves
	if w == nil || !keep {
		d := net.Dialer{Timeout: patience}
		if r.from != "" {
			ip := net.ParseIP(numbered(r.from, n))
			if ip == nil {
				return nil, fmt.Errorf("%s is no address", r.from)
			}
			d.LocalAddr = &net.TCPAddr{IP: ip}
		}
		nc, err := d.Dial("tcp", c.addr)
		if err != nil {
			return nil, err
		}
		w = &wire{nc, bufio.NewReader(nc)}
	}
	c.wire = nil
	_ = w.SetDeadline(time.Now().Add(patience))
	_, err := io.WriteString(w, r.head(n, id))
	if r.body > 0 {
		// A proxy may answer by the head alone and take no more: the answer counts.
		go io.WriteString(w, strings.Repeat("b", r.body))
	}
	return w, err
}

// receive reads the answer. Its connection is kept if that may be.
func (c *client) receive(w *wire, r *shots) answer {
	res, err := http.ReadResponse(w.in, &http.Request{Method: r.method})
	if err != nil {
		w.Close()
		return answer{}
	}
	a := answer{res.StatusCode, res.Header, read(res.Body), time.Now()}
	if res.Close || a.body == cut || r.from != "" || r.behind || c.wire != nil {
		w.Close()
	} else {
		c.wire = w
	}
	return a
}

func (c *client) close() {
	if c.wire != nil {
		c.wire.Close()
	}
}

// head is that of the n-th of these requests.
func (r *shots) head(n int, id string) string {
	head := []string{r.method + " " + numbered(r.target, n) + " HTTP/1.1", idField + ": " + id}
	host := "Host: site.test"
	for _, h := range r.headers {
		if strings.HasPrefix(strings.ToLower(h), "host: ") {
			host = numbered(h, n)
			continue
		}
		head = append(head, numbered(h, n))
	}
	head = append(head, host)
	if r.body > 0 {
		head = append(head, fmt.Sprintf("Content-Length: %d", r.body))
	}
	return strings.Join(head, "\r\n") + "\r\n\r\n"
}

// numbered puts a number where "#" is.
func numbered(text string, n int) string {
	return strings.ReplaceAll(text, "#", fmt.Sprint(n))
}
