package sock

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// layer is TLS between a Conn and its socket; the Conn embeds it in the socket's
// place. Deadlines are the socket's. A read that meets one can be repeated, but a
// write cannot: TLS has promised the record then. So what a Conn does to a write
// that meets an old deadline, or makes progress, happens below TLS.
type layer struct {
	*tls.Conn
	socket net.Conn
	top    *Conn

	patience atomic.Int64 // of writes: TLS also writes on its own, when it reads
	glancing bool         // reads do not wait; the reader's
	torn     bool         // the socket has ended, TLS has not; the reader's
	dropped  atomic.Bool  // the close is to look like a cut
	leaving  atomic.Bool  // writes do not wait: nobody can be kept by a goodbye
	glancer  glancer

	shakeBy, grace time.Duration // of the handshake under way; 0: it is over
	one            [1]byte
}

func (l *layer) SetDeadline(t time.Time) error      { return l.socket.SetDeadline(t) }
func (l *layer) SetReadDeadline(t time.Time) error  { return l.socket.SetReadDeadline(t) }
func (l *layer) SetWriteDeadline(t time.Time) error { return l.socket.SetWriteDeadline(t) }

// NetConn returns the socket, whose descriptor can be watched.
func (l *layer) NetConn() net.Conn { return l.socket }

// SetLinger makes a coming Close a reset, without a goodbye.
func (l *layer) SetLinger(sec int) error {
	l.dropped.Store(true)
	if t, ok := l.socket.(interface{ SetLinger(int) error }); ok {
		return t.SetLinger(sec)
	}
	return nil
}

// CloseWrite says goodbye, and that nothing more comes. It waits as any write.
func (l *layer) CloseWrite() error {
	if err := l.Conn.CloseWrite(); err != nil {
		return err
	}
	if t, ok := l.socket.(interface{ CloseWrite() error }); ok {
		return t.CloseWrite()
	}
	return nil
}

// Close says goodbye if that does not keep anybody, and closes the socket.
func (l *layer) Close() error {
	if l.dropped.Load() {
		return l.socket.Close()
	}
	l.leaving.Store(true)
	return l.Conn.Close()
}

// quiet is Quiet: whether there is neither content nor an end. What TLS says on
// its own, a session ticket for instance, is taken and is no noise.
func (l *layer) quiet() bool {
	n, err := l.glance(l.one[:])
	return n == 0 && errors.Is(err, errNothing)
}

// readIdle waits for the first byte without a buffer; the others of its record
// are at hand then.
func (l *layer) readIdle(to Lender) (int, error) {
	n, err := l.Read(l.one[:])
	if n == 0 {
		return 0, err
	}
	buf := to.Lend()
	buf[0] = l.one[0]
	more, _ := l.glance(buf[1:]) // an error will come again
	return n + more, nil
}

// glance reads what is there.
func (l *layer) glance(p []byte) (int, error) {
	l.glancing = true
	n, err := l.Read(p)
	l.glancing = false
	return n, err
}

// errNothing is what a read below TLS returns instead of waiting. TLS goes on
// after an error that calls itself temporary.
var errNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// under is the socket as TLS sees it.
type under struct {
	net.Conn
	l *layer
}

// Read reads from the socket.
func (u under) Read(p []byte) (n int, err error) {
	if u.l.glancing {
		n, err = u.l.glancer.read(p)
	} else {
		n, err = u.Conn.Read(p)
	}
	for err != nil && u.l.goesOn(err) {
		n, err = u.Conn.Read(p)
	}
	if errors.Is(err, io.EOF) {
		u.l.torn = true
	}
	return n, err
}

// goesOn says whether a handshake that was interrupted may go on, for a while.
func (l *layer) goesOn(err error) bool {
	now := Now()
	if now >= l.shakeBy || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if l.top.readStop.Swap(false) {
		l.shakeBy = min(l.shakeBy, now+l.grace)
	}
	return l.top.armRead(l.shakeBy) == nil
}

// Write writes to the socket, with the patience of the Conn's last write.
func (u under) Write(p []byte) (int, error) {
	if u.l.leaving.Load() {
		return u.l.glancer.write(p)
	}
	return u.l.top.push(u.Conn, p, Now(), time.Duration(u.l.patience.Load()))
}

// SetDeadline and its kin are not TLS's: it would set one around its goodbye.
func (under) SetDeadline(time.Time) error      { return nil }
func (under) SetReadDeadline(time.Time) error  { return nil }
func (under) SetWriteDeadline(time.Time) error { return nil }
