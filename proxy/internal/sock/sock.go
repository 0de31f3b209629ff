// Package sock is a connection whose deadlines cost little: they are set anew
// only when they have moved, are exact all the same, and count progress.
//
// TLS lies between it and the socket where there is TLS.
//
// It knows net.Conn, crypto/tls and the monotonic clock. It must not know HTTP,
// pools, certificates or who is at the other end.
package sock

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// ErrInterrupted is what a read or write returns after Interrupt or
// InterruptWrite.
var ErrInterrupted = errors.New("interrupted")

// epoch lies a day before the start, so that 0 is long past from the first
// moment: a forgotten time fails at once, not after an hour of running.
var epoch = time.Now().Add(-24 * time.Hour)

// Now returns the monotonic time since an epoch of this process, always far
// above 0.
func Now() time.Duration { return time.Since(epoch) }

// Time converts a value of Now.
func Time(at time.Duration) time.Time { return epoch.Add(at) }

// Conn adds deadlines to a connection. One goroutine may read and another
// write; Interrupt and InterruptWrite may come from anywhere.
type Conn struct {
	net.Conn

	tls                 *layer // nil without TLS; else Conn is it
	idle                idleReader
	looker              looker
	readAt, writeAt     time.Duration // as set on the socket; 0: none
	readStop, writeStop atomic.Bool
}

// Reset gives c another socket. Nobody may be using c.
func (c *Conn) Reset(nc net.Conn) {
	c.Conn, c.tls = directly(nc), nil
	c.idle, c.looker = idleReader{}, looker{}
	c.readAt, c.writeAt = 0, 0
	c.readStop.Store(false)
	c.writeStop.Store(false)
}

// slack is how far a deadline on the socket may be from the one wanted: setting
// it touches a runtime timer, and under load it would move with every request.
func slack(patience time.Duration) time.Duration {
	return min(time.Second, patience/8)
}

// ReadBy reads until the deadline `by`, which lies about `patience` ahead (more
// patience, more slack in setting the socket's deadline). A deadline that passes
// gives os.ErrDeadlineExceeded, at most an eighth of patience and at most one
// second late, never early, and only when nothing is there to be read.
func (c *Conn) ReadBy(p []byte, by, patience time.Duration) (int, error) {
	return c.readBy(p, by, patience)
}

// readBy is ReadBy, and with a nil p ReadIdle.
func (c *Conn) readBy(p []byte, by, patience time.Duration) (n int, err error) {
	s := slack(patience)
	if c.readAt < by-s || c.readAt > by+s {
		if err := c.armRead(by); err != nil {
			return 0, err
		}
	}
	for {
		if c.readStop.Load() { // after arming: an interrupt later than this ends the read
			return 0, ErrInterrupted
		}
		if p != nil {
			n, err = c.Conn.Read(p)
		} else {
			n, err = c.readIdle()
		}
		if n > 0 || err == nil {
			return n, nil // an error will come again
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, err
		}
		if c.readStop.Load() {
			return 0, ErrInterrupted
		}
		if Now() >= by {
			if n := c.atOnce(p); n > 0 {
				return n, nil
			}
			return 0, err
		}
		if err := c.armRead(by); err != nil { // the socket's deadline was an older, earlier one
			return 0, err
		}
	}
}

// atOnce reads what is there when the deadline has passed: who was kept from the
// processor for so long must not take that for the other end's silence.
func (c *Conn) atOnce(p []byte) int {
	if p == nil {
		p = c.idle.lender.Lend()
	}
	if c.tls != nil {
		n, _ := c.tls.glance(p) // an error will come again
		return n
	}
	return readAtOnce(c.Conn, p)
}

func (c *Conn) armRead(by time.Duration) error {
	c.readAt = by
	return c.SetReadDeadline(Time(by))
}

// WriteAll writes p. The connection may take nothing for `patience` before that
// is os.ErrDeadlineExceeded; any byte taken starts it anew. n is how many bytes
// were taken; with TLS, how many went in complete records, without which the other
// end can read nothing. now is the time of the call.
func (c *Conn) WriteAll(p []byte, now, patience time.Duration) (n int, err error) {
	if c.tls != nil {
		c.tls.patience.Store(int64(patience))
		n, err = c.tls.Write(p) // comes back to push, record by record
		if err != nil {
			c.tls.dropped.Store(true) // nothing more can be said
		}
		return n, err
	}
	return c.push(c.Conn, p, now, patience)
}

// push is WriteAll to the socket.
func (c *Conn) push(to net.Conn, p []byte, now, patience time.Duration) (n int, err error) {
	by, s := now+patience, slack(patience)
	if c.writeAt < by-s || c.writeAt > by+s {
		if err := c.armWrite(by); err != nil {
			return 0, err
		}
	}
	for {
		if c.writeStop.Load() {
			return n, ErrInterrupted
		}
		m, err := to.Write(p[n:])
		n += m
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if c.writeStop.Load() {
			return n, ErrInterrupted
		}
		now := Now()
		if m == 0 && now >= by { // as in atOnce; and the kernel calls for more only when a third of its buffer is free
			m = writeAtOnce(to, p[n:])
			if n += m; n == len(p) {
				return n, nil
			}
			if m == 0 {
				return n, err
			}
		}
		if m > 0 {
			by = now + patience
		}
		if err := c.armWrite(by); err != nil {
			return n, err
		}
	}
}

func (c *Conn) armWrite(by time.Duration) error {
	c.writeAt = by
	return c.SetWriteDeadline(Time(by))
}

// Interrupt ends the read under way and all later ones until Resume.
func (c *Conn) Interrupt() {
	c.readStop.Store(true)
	_ = c.SetReadDeadline(past) // fails on a closed socket only, where no read waits
}

// Resume takes an Interrupt back. Only when no read is under way.
func (c *Conn) Resume() {
	c.readStop.Store(false)
	c.readAt = 0
}

// InterruptWrite ends the write under way and all later ones. Nothing takes it
// back: the connection must be discarded.
func (c *Conn) InterruptWrite() {
	c.writeStop.Store(true)
	_ = c.SetWriteDeadline(past) // as in Interrupt
}

var past = time.Unix(1, 0)

// Interrupted reports whether an Interrupt or InterruptWrite is in force: the
// connection is of no use to anybody else.
func (c *Conn) Interrupted() bool { return c.readStop.Load() || c.writeStop.Load() }
