package sock

import "syscall"

// looker is what Quiet needs of a socket; made once per connection, so that
// looking allocates nothing.
type looker struct {
	raw   syscall.RawConn
	look  func(fd uintptr)
	quiet bool // what look saw
}

// Drained reports whether the last read found the socket empty behind what it took.
// False also where that cannot be known, as with TLS.
func (c *Conn) Drained() bool { return drained(c.Conn) }

// Quiet reports whether the connection is open and nothing waits to be read. It
// takes nothing and does not wait, but with TLS it takes a byte where it returns
// false. True where the platform cannot tell.
func (c *Conn) Quiet() bool {
	if c.tls != nil {
		return c.tls.quiet()
	}
	l := &c.looker
	if l.raw == nil && !l.open(c.Conn) {
		return true
	}
	l.quiet = false
	if err := l.raw.Control(l.look); err != nil {
		return false // closed on this side
	}
	return l.quiet
}
