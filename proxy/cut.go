package proxy

import "net"

// An answer that lasts until the close of its connection is cut visibly only by a
// reset: a client must not take a part of it for the whole.

// beginUntilClose says that such an answer is under way.
func (c *conn) beginUntilClose() {
	c.untilClose.Store(true)
	if c.srv.closing.Err() != nil {
		reset(c.client.Conn) // the hard close may have looked before the line above
	}
}

// endUntilClose says whether such an answer has gone out whole.
func (c *conn) endUntilClose(whole bool) {
	if !whole {
		reset(c.client.Conn)
	}
	c.untilClose.Store(false)
}

// cut closes the connection whatever it is doing, from any goroutine.
func (c *conn) cut() {
	if c.untilClose.Load() {
		reset(c.client.Conn)
	}
	c.client.Sever()
}

// reset makes the close that follows a reset.
func reset(nc net.Conn) {
	if t, ok := nc.(interface{ SetLinger(int) error }); ok {
		_ = t.SetLinger(0) // the close comes either way
	}
}
