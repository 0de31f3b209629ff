package sock

import (
	"syscall"
	"time"
)

// Lender lends the buffer of a read only while there is something to read, so
// that a connection which waits holds none.
type Lender interface {
	// Lend returns where the bytes go; never empty.
	Lend() []byte
	// Withdraw takes the buffer back: nothing has come yet.
	Withdraw()
}

// idleReader is what ReadIdle needs of a socket; made once per connection, so
// that waiting allocates nothing.
type idleReader struct {
	raw    syscall.RawConn
	try    func(fd uintptr) bool
	lender Lender
	n      int
	err    error
}

// ReadIdle is ReadBy into a buffer that is borrowed when bytes have come. After
// an error nothing is on loan.
func (c *Conn) ReadIdle(l Lender, by, patience time.Duration) (int, error) {
	c.idle.lender = l
	n, err := c.readBy(nil, by, patience)
	if err != nil {
		l.Withdraw()
	}
	return n, err
}

// readIdle reads once, waiting without a buffer where the platform can.
func (c *Conn) readIdle() (int, error) {
	r := &c.idle
	if c.tls != nil {
		return c.tls.readIdle(r.lender)
	}
	if r.raw == nil && !r.open(c.Conn) {
		return c.Conn.Read(r.lender.Lend())
	}
	r.n, r.err = 0, nil
	if err := r.raw.Read(r.try); err != nil {
		return 0, err
	}
	return r.n, r.err
}
