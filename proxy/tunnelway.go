package proxy

import (
	"errors"
	"io"
	"os"

	"weir/proxy/internal/sock"
)

// way is one direction of a tunnel. It holds a buffer only while there is something
// in it. (Splicing would hold a pipe, two descriptors, for as long as it waits.)
type way struct {
	t        *tunnel
	from, to *sock.Conn
	buf      *bodyBytes
}

// Lend and Withdraw implement sock.Lender.
func (w *way) Lend() []byte {
	if w.buf == nil {
		w.buf = takeBody()
	}
	return w.buf[:bodyBuffer]
}

// Withdraw puts the buffer back.
func (w *way) Withdraw() {
	if w.buf != nil {
		giveBody(w.buf)
		w.buf = nil
	}
}

// run copies until its sender has no more to say, and passes that on, or until the
// tunnel is over.
func (w *way) run() {
	defer w.Withdraw()
	for {
		n, err := w.from.ReadIdle(w, w.t.silentBy(), w.t.silence)
		if err != nil {
			if w.again(err) {
				continue
			}
			w.stop(err)
			return
		}
		w.t.hear()
		if !w.pass(w.buf[:n]) {
			return
		}
		w.Withdraw()
	}
}

// pass sends bytes on; false ends the tunnel.
func (w *way) pass(p []byte) bool {
	if _, err := w.to.WriteAll(p, sock.Now(), w.t.silence); err != nil {
		w.t.close(!errors.Is(err, os.ErrDeadlineExceeded))
		return false
	}
	return true
}

// again says that a read which failed is to be made anew: somebody spoke the other
// way, or the drain of the server, which means idle connections, has looked.
func (w *way) again(err error) bool {
	switch {
	case w.t.over.Load():
		return false
	case errors.Is(err, os.ErrDeadlineExceeded):
		return sock.Now() < w.t.silentBy()
	case errors.Is(err, sock.ErrInterrupted):
		w.from.Resume()
		return true
	}
	return false
}

// stop ends this way: with the sender's last byte, which the receiver is told of
// and may answer, or the whole tunnel.
func (w *way) stop(err error) {
	switch {
	case errors.Is(err, io.EOF):
		half, ok := w.to.Conn.(interface{ CloseWrite() error })
		if !ok || half.CloseWrite() != nil {
			w.t.close(false)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.t.close(false)
	default:
		if w.from == &w.t.up.Conn {
			w.t.blame()
		}
		w.t.close(true)
	}
}
