package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// lender counts what is on loan.
type lender struct {
	buf  [16]byte
	lent atomic.Bool
}

func (l *lender) Lend() []byte { l.lent.Store(true); return l.buf[:] }
func (l *lender) Withdraw()    { l.lent.Store(false) }

func TestReadIdleHoldsNoBufferWhileItWaits(t *testing.T) {
	c, far := pair(t)
	l := &lender{}
	go func() {
		time.Sleep(20 * time.Millisecond)
		if l.lent.Load() {
			t.Error("a buffer is on loan while nothing has come")
		}
		far.Write([]byte("hello"))
	}()
	n, err := c.ReadIdle(l, Now()+time.Minute, time.Minute)
	if err != nil || string(l.buf[:n]) != "hello" || !l.lent.Load() {
		t.Fatalf("%q, %v, lent %v, want hello in a buffer on loan", l.buf[:n], err, l.lent.Load())
	}
	if _, err := c.ReadIdle(l, Now()+20*time.Millisecond, 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) || l.lent.Load() {
		t.Errorf("%v, lent %v, want the deadline and nothing on loan", err, l.lent.Load())
	}
	far.Close()
	if _, err := c.ReadIdle(l, Now()+time.Minute, time.Minute); !errors.Is(err, io.EOF) || l.lent.Load() {
		t.Errorf("%v, lent %v, want the end and nothing on loan", err, l.lent.Load())
	}
}

func TestReadIdleIsInterrupted(t *testing.T) {
	c, _ := pair(t)
	l := &lender{}
	go func() {
		time.Sleep(5 * time.Millisecond)
		c.Interrupt()
	}()
	if _, err := c.ReadIdle(l, Now()+time.Minute, time.Minute); !errors.Is(err, ErrInterrupted) || l.lent.Load() {
		t.Errorf("%v, lent %v, want the interrupt and nothing on loan", err, l.lent.Load())
	}
}

// TestReadIdleWithoutASocket: a connection that hides its socket is read plainly.
func TestReadIdleWithoutASocket(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	c := &Conn{}
	c.Reset(near)
	go far.Write([]byte("hello"))
	l := &lender{}
	if n, err := c.ReadIdle(l, Now()+time.Minute, time.Minute); err != nil || string(l.buf[:n]) != "hello" {
		t.Errorf("%q, %v, want hello", l.buf[:n], err)
	}
}
