package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	rate    = 600             // requests a second, whatever the answers do
	sources = 8               // loopback addresses that they come from
	tooLong = 5 * time.Second // no answer by then: an error
	overdue = time.Second     // an attempt without an answer by then is overdue (a default of Weir)
)

// users are the traffic: open loop, so that a slow answer delays nobody else,
// each latency counted from the moment the request was meant to start. They only
// read (GET): a request that changes something is never repeated by a proxy, so
// its user sees the failure.
type users struct {
	addr  string
	tally tally
	from  [sources]source
}

// source is one user address with its kept connections.
type source struct {
	dialer net.Dialer
	mu     sync.Mutex
	idle   []*conn
}

type conn struct {
	net.Conn
	in *bufio.Reader
}

func newUsers(addr string) *users {
	u := &users{addr: addr}
	for i := range u.from {
		u.from[i].dialer = net.Dialer{Timeout: tooLong, LocalAddr: sourceAddr(i)}
	}
	return u
}

// sourceAddr is 127.0.0.2 and up, where the system has these addresses.
func sourceAddr(i int) net.Addr {
	a := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i))}
	ln, err := net.ListenTCP("tcp", a)
	if err != nil {
		return nil // not on this system: the usual loopback address
	}
	ln.Close()
	return a
}

// start sends until ctx ends or stop is called; stop waits for the last answer.
func (u *users) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		u.send(ctx)
	}()
	return func() { cancel(); <-done }
}

func (u *users) send(ctx context.Context) {
	var wg sync.WaitGroup
	begin := time.Now()
	for i := 0; ; i++ {
		intended := begin.Add(time.Duration(i) * time.Second / rate)
		select {
		case <-ctx.Done():
			wg.Wait()
			for i := range u.from {
				u.from[i].close()
			}
			return
		case <-time.After(time.Until(intended)):
		}
		s := &u.from[i%sources]
		wg.Go(func() {
			err := s.get(u.addr)
			now := time.Now()
			u.tally.add(now, now.Sub(intended), err)
		})
	}
}

// get sends one request once: a client that repeats by itself would hide what
// the demo is about.
func (s *source) get(addr string) error {
	c, err := s.take(addr)
	if err != nil {
		return err
	}
	status, keep, err := c.exchange()
	if keep {
		s.give(c)
	} else {
		c.Close()
	}
	switch {
	case err != nil:
		return fmt.Errorf("no answer: %w", err)
	case status != http.StatusOK:
		return fmt.Errorf("answer %d", status)
	}
	return nil
}

// exchange reads the answer to its end; keep says that another may follow.
func (c *conn) exchange() (status int, keep bool, err error) {
	if err := c.SetDeadline(time.Now().Add(tooLong)); err != nil {
		return 0, false, err
	}
	if _, err := io.WriteString(c, "GET /cart HTTP/1.1\r\nHost: shop.example\r\n\r\n"); err != nil {
		return 0, false, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, false, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, false, err
	}
	return res.StatusCode, !res.Close, nil
}

func (s *source) take(addr string) (*conn, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	c, err := s.dialer.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("no connection: %w", err)
	}
	return &conn{c, bufio.NewReader(c)}, nil
}

func (s *source) give(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
}

func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.idle {
		c.Close()
	}
	s.idle = nil
}
