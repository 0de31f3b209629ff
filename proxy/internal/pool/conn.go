package pool

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"

	"weir/proxy/internal/sock"
	"weir/proxy/internal/watch"
)

// Conn is one connection to the endpoint. It belongs to one user at a time,
// who ends with Release or Discard.
type Conn struct {
	sock.Conn

	// Reused says that the connection has served before: the endpoint may have
	// closed it meanwhile, which is nobody's failure.
	Reused bool

	pool       *Pool
	config     *tls.Config // it was made with; nil: in clear
	madeAt     time.Duration
	served     int // requests that ended clean
	idleSince  time.Duration
	sure       bool  // nothing came behind the last answer
	prev, next *Conn // busy list, under the pool's lock
	busy       bool
	ended      bool // the endpoint has sent all it ever will; under the pool's lock
	cut        atomic.Bool
	watched    watch.Token
}

func newConn(p *Pool, nc net.Conn, config *tls.Config, w *watch.Watcher) *Conn {
	c := &Conn{pool: p, config: config}
	c.Reset(nc)
	c.watched = w.Add(nc, c)
	return c
}

// Release gives the connection back for another request. Only when it is clean:
// the answer has ended where its framing says, nothing came after it, and the
// request was sent completely.
//
// framed says that the answer's own bytes told where it ends. Others (to HEAD, 204,
// 304) some endpoints follow with a body all the same, a moment later. An answer
// that was framed, and whose last read found the socket empty, leaves a connection
// that is sure for now.
func (c *Conn) Release(now time.Duration, framed bool) {
	c.sure = framed && c.Drained()
	c.pool.put(c, now)
}

// Discard closes the connection.
func (c *Conn) Discard() {
	c.forget()
	c.Close()
}

// Close closes the connection; the pool does not hear of it. More calls do nothing.
func (c *Conn) Close() error {
	c.watched.Forget()
	return c.Conn.Close()
}

// WasCut reports whether Cut was called. Then an error of the connection is
// nobody's failure.
func (c *Conn) WasCut() bool { return c.cut.Load() }

func (c *Conn) forget() {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	c.pool.unlink(c)
}
