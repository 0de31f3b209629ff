package proxy

import (
	"sync/atomic"

	"weir/proxy/internal/pool"
)

// using is the upstream connection that the worker of a client connection uses
// now, for those who want to end that from other goroutines. Only one of them and
// the worker gets it: once it is with the pool again another client may have it,
// and must not be hit.
type using struct{ up atomic.Pointer[pool.Conn] }

// begin and end are the worker's. end returns false when somebody has ended the
// use before: such a connection must be discarded.
func (u *using) begin(up *pool.Conn)    { u.up.Store(up) }
func (u *using) end(up *pool.Conn) bool { return u.up.CompareAndSwap(up, nil) }

// interrupt ends reads and writes of the connection in use, if there is one.
func (u *using) interrupt() {
	if up := u.take(); up != nil {
		up.Interrupt()
		up.InterruptWrite()
	}
}

// cut closes the connection in use, if there is one.
func (u *using) cut() {
	if up := u.take(); up != nil {
		up.Cut()
	}
}

func (u *using) take() *pool.Conn {
	if up := u.up.Load(); up != nil && u.up.CompareAndSwap(up, nil) {
		return up
	}
	return nil
}
