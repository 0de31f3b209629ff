package proxy

import (
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// halfGrace is how long a client that has closed its half may still be waiting for
// an answer: some say so that their request is over. On the wire that looks like the
// close of a client that has left, so it cannot be waited for as long as it likes.
const halfGrace = 100 * time.Millisecond

// Hangup is the watcher's word that the client has closed its connection, or its
// half of it. Between requests the next read sees the end, and nothing needs to be
// done. It may come at any moment of the connection's life.
func (c *conn) Hangup(reset bool) {
	if reset {
		c.leave()
		return
	}
	time.AfterFunc(halfGrace, c.leave)
}

// leave is for a client that waits for nothing any more (nginx, Envoy and net/http
// take a closed half so too): an attempt in flight is given up, and so is one that
// has yet to begin.
func (c *conn) leave() {
	c.left.Store(true)
	c.w.leave.tell()
	c.using.interrupt()
}

// clientLeft is an attempt that ended because nobody waits for it any more. One
// that was overdue by then counts as that, although the scan has not come by yet
// (semantics §3.3).
func clientLeft(a *attempt, op string, err error) *AttemptError {
	a.w.slot.check(sock.Now())
	return &AttemptError{Op: op, Endpoint: a.endpoint.Address, Kind: outcome.Canceled, Sent: true, Err: err}
}
