package proxy

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// patient is a listener that outlives a shortage: without it the engine stops
// accepting for good when file descriptors run out. Its connections are counted
// until they are closed.
type patient struct {
	net.Listener
	name string
	srv  *Server
}

const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// Accept waits for a connection, and through shortages with pauses that double.
func (p *patient) Accept() (net.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		nc, err := p.Listener.Accept()
		if err == nil {
			p.srv.crowd.enter()
			return &counted{Conn: nc, listener: p.name, leave: p.srv.crowd.leave}, nil
		}
		if !shortage(err) {
			return nil, err
		}
		p.srv.opts.Log.Warn().Err(err).Dur("pause", pause).Msg("accept")
		if !p.rest(pause) {
			return nil, net.ErrClosed
		}
	}
}

// rest waits, or returns false when the server closes.
func (p *patient) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.srv.closing.Done():
		return false
	}
}

// shortage says that accepting will work again when others let go of what is
// scarce.
func shortage(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// counted is a connection that is in the crowd until the engine closes it, which
// it does when its handler has returned. The handler works on what is inside.
type counted struct {
	net.Conn
	listener string
	once     sync.Once
	leave    func()
}

// NetConn returns what is inside, for those who look for the socket under TLS.
func (c *counted) NetConn() net.Conn { return c.Conn }

// Close closes the connection; only the first call counts.
func (c *counted) Close() error {
	defer c.once.Do(c.leave)
	return c.Conn.Close()
}

// bare returns the connection that the listener gave, and the listener's name.
func bare(nc net.Conn) (inner net.Conn, listener string) {
	if c, ok := nc.(*counted); ok {
		return c.Conn, c.listener
	}
	return nc, ""
}
