package pool

import (
	"slices"
	"time"
)

// Hangup is the watcher's word that the endpoint has closed the connection. An
// idle one leaves the pool before anybody takes it and is closed at once; a busy
// one is not kept when its user is done, who sees the end by himself.
func (c *Conn) Hangup(bool) {
	if c.hungUp() {
		c.Close()
	}
}

// hungUp notes the end and says whether the connection was idle, and so nobody
// else will close it.
func (c *Conn) hungUp() bool {
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	c.ended = true
	i := slices.Index(p.mu.idle, c)
	if i < 0 {
		return false
	}
	p.mu.idle = slices.Delete(p.mu.idle, i, i+1)
	p.idleCount.Store(int32(len(p.mu.idle)))
	return true
}

// hotFor is how long after its last answer a connection counts as in use.
const hotFor = 10 * time.Millisecond

// clean says that an idle connection may be used again. Any byte that waits there
// belongs to no request (RFC 9112 §9.2), and taken for the answer to the next one
// it would reach another client: the watcher does not tell of bytes, so the socket
// is looked at.
//
// The look is a system call, 7 % of what a request costs, and is left out where it
// would find nothing that was not looked for already: the connection is hot and
// sure (see Release). What slips through is an endpoint that sends something behind
// a complete answer, in another segment, within that time; nginx and haproxy
// have that window for as long as their loop is busy. It could also close without a
// word in that time: a request that cannot be sent again (not repeatable) is not
// risked, whatever that costs.
func (c *Conn) clean(now time.Duration, repeatable bool) bool {
	idle := now - c.idleSince
	if idle < hotFor && c.sure && repeatable {
		return true
	}
	return idle <= c.pool.keeping.Load().IdleTimeout && c.Quiet()
}
