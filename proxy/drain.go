package proxy

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Shutdown drains: it stops accepting, closes idle connections, lets requests in
// flight finish with "Connection: close", and closes what is left when ctx ends.
// It returns when every connection is over, with a *CutError if something had to be
// cut.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, ln := range s.stopListening() {
		ln.Close()
	}
	s.endHolds()
	// A connection between requests looks at the flag when its read ends.
	s.conns.each(func(c *conn) {
		if !c.slot.serving() && c.tunnel.Load() == nil {
			c.client.Interrupt()
		}
	})
	empty := s.crowd.empty()
	select {
	case <-empty:
		s.hardStop()
		return nil
	case <-ctx.Done():
	}
	s.hardStop() // ends dialling and pauses
	cut := CutError{Err: ctx.Err()}
	s.conns.each(func(c *conn) {
		t := c.tunnel.Load()
		switch {
		case t != nil:
			cut.Tunnels++
		case c.slot.serving(): // else it was answered, and only waits for the client to leave
			cut.Requests++
		}
		c.cut()
		c.using.cut()
		if t != nil {
			t.cut()
		}
	})
	<-empty
	if cut.Requests+cut.Tunnels == 0 {
		return nil
	}
	return &cut
}

// CutError says what the end of a drain has cut off.
type CutError struct {
	Requests, Tunnels int
	Err               error // why the drain had to end
}

func (e *CutError) Error() string {
	return fmt.Sprintf("%d requests and %d upgraded connections were cut off: %v", e.Requests, e.Tunnels, e.Err)
}

// Unwrap returns the cause.
func (e *CutError) Unwrap() error { return e.Err }

// endHolds ends what keeps writes waiting: they get their answers before the drain ends.
func (s *Server) endHolds() {
	if snap := s.snap.Load(); snap != nil {
		for _, up := range snap.upstreams {
			up.Live.Writes.stop()
		}
	}
}

func (s *Server) stopListening() []net.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.Store(true)
	all := s.mu.listeners
	s.mu.listeners = nil
	return all
}

// crowd counts who is inside. The zero value is empty.
type crowd struct {
	mu struct {
		sync.Mutex
		n       int
		waiters []chan struct{} // closed when n comes to 0
	}
}

func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.n++
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.n--
	if c.mu.n > 0 {
		return
	}
	for _, w := range c.mu.waiters {
		close(w)
	}
	c.mu.waiters = nil
}

// empty returns a channel that is closed as soon as nobody is inside.
func (c *crowd) empty() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := make(chan struct{})
	if c.mu.n == 0 {
		close(done)
	} else {
		c.mu.waiters = append(c.mu.waiters, done)
	}
	return done
}
