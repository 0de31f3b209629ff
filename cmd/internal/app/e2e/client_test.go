//go:build !race

package e2e

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// client sends requests over kept connections and never sends one twice: the
// standard library's client quietly repeats a GET on a broken connection, which
// would hide exactly what these tests look for. Connections that are closed under
// it make requests fail, those that are not kept show in dials.
type client struct {
	addr string
	host string      // "": api.example
	tls  *tls.Config // nil: in clear
	// looks: a kept connection that has been closed meanwhile is not used, as with
	// clients that look before they send.
	looks bool
	fresh bool // no connection is kept
	mu    sync.Mutex
	idle  []*wire
}

type wire struct {
	net.Conn
	in *bufio.Reader
}

// shot is one request and what became of it.
type shot struct {
	id, method           string
	intended, sent, done time.Time // latency counts from intended
	status               int
	version, backend     string
	dialled              bool // on a connection made for it
	err                  error
}

// ok: answered with 200.
func (s shot) ok() bool { return s.err == nil && s.status == http.StatusOK }

func (s shot) String() string {
	return fmt.Sprintf("%s %s at %s: status %d from %s %s after %v, error %v", s.method, s.id,
		s.sent.Format("05.000"), s.status, s.version, s.backend, s.done.Sub(s.intended).Round(time.Millisecond), s.err)
}

// do sends one request and checks its answer's body against what the backend
// received and sent back.
func (c *client) do(id, method string, body []byte, intended time.Time) shot {
	s := shot{id: id, method: method, intended: intended, sent: time.Now()}
	s.err = c.exchange(&s, body)
	s.done = time.Now()
	return s
}

func (c *client) exchange(s *shot, body []byte) error {
	w, err := c.take(s)
	if err != nil {
		return err
	}
	if err := w.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	head := fmt.Sprintf("%s /work?id=%s HTTP/1.1\r\nHost: %s\r\nX-Id: %s\r\n", s.method, s.id, cmp.Or(c.host, "api.example"), s.id)
	if body != nil {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	if _, err := w.Write(append([]byte(head+"\r\n"), body...)); err != nil {
		w.Close()
		return err
	}
	res, err := http.ReadResponse(w.in, &http.Request{Method: s.method})
	if err != nil {
		w.Close()
		return err
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		w.Close()
		return err
	}
	s.status, s.version, s.backend = res.StatusCode, res.Header.Get("X-Weir-Version"), res.Header.Get("X-Backend")
	if res.Close || c.fresh {
		w.Close()
	} else {
		c.give(w)
	}
	if s.backend == "" {
		if s.ok() {
			return errors.New("no backend has signed this answer")
		}
		return nil // Weir's own
	}
	if h := res.Header.Get("X-Body-Hash"); h != hash(body) {
		return fmt.Errorf("the backend received another body: hash %s, want %s", h, hash(body))
	}
	if body != nil && hash(got) != hash(body) {
		return fmt.Errorf("the answer's body has %d bytes and another hash, want %d", len(got), len(body))
	}
	return nil
}

// take reuses the connection given back last, or makes one.
func (c *client) take(s *shot) (*wire, error) {
	for w := c.kept(); w != nil; w = c.kept() {
		if !c.looks || w.open() {
			return w, nil
		}
		w.Close()
	}
	s.dialled = true
	conn, err := net.DialTimeout("tcp", c.addr, patience)
	if err != nil {
		return nil, err
	}
	if c.tls != nil {
		conn = tls.Client(conn, c.tls) // shakes hands with the first byte
	}
	return &wire{conn, bufio.NewReader(conn)}, nil
}

// kept is the connection given back last; nil: there is none.
func (c *client) kept() *wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	w := c.idle[n-1]
	c.idle = c.idle[:n-1]
	return w
}

// open reports whether the other end has not closed yet.
func (w *wire) open() bool {
	if err := w.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := w.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func (c *client) give(w *wire) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, w)
}

func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.idle {
		w.Close()
	}
	c.idle = nil
}
