//go:build unix

package sock

import (
	"io"
	"net"
	"os"
	"syscall"
)

// glancer reads and writes a bare socket without waiting. Made once per
// connection, so that glancing allocates nothing.
type glancer struct {
	raw      syscall.RawConn
	get, put func(fd uintptr)
	in, out  piece
}

// piece is one read or write that does not wait.
type piece struct {
	p     []byte
	n     int
	errno syscall.Errno
}

func (g *glancer) open(nc net.Conn) {
	raw, ok := bare(nc)
	if !ok {
		return
	}
	g.raw = raw
	g.get = func(fd uintptr) { g.in.n, g.in.errno = readNow(fd, g.in.p) }
	g.put = func(fd uintptr) { g.out.n, g.out.errno = writeNow(fd, g.out.p) }
}

// read takes what is there, or returns errNothing.
func (g *glancer) read(p []byte) (int, error) {
	if g.raw == nil {
		return 0, errNothing
	}
	g.in.p = p
	err := g.raw.Control(g.get)
	g.in.p = nil
	switch {
	case err != nil:
		return 0, err // closed on this side
	case g.in.errno == syscall.EAGAIN:
		return 0, errNothing
	}
	return g.in.n, readError(g.in.n, g.in.errno)
}

// write writes what the socket takes at once.
func (g *glancer) write(p []byte) (int, error) {
	if g.raw == nil {
		return 0, errNothing
	}
	g.out.p = p
	err := g.raw.Control(g.put)
	g.out.p = nil
	switch {
	case err != nil:
		return 0, err
	case g.out.errno != 0:
		return 0, os.NewSyscallError("write", g.out.errno)
	case g.out.n < len(p):
		return g.out.n, io.ErrShortWrite
	}
	return g.out.n, nil
}

// writeAtOnce writes what the socket takes, without waiting; 0 when that is nothing.
func writeAtOnce(nc net.Conn, p []byte) (n int) {
	raw, ok := bare(nc)
	if !ok {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { n, _ = writeNow(fd, p) }) // fails when closed on this side
	return n
}

// readAtOnce reads what is there, without waiting; 0 when that is nothing, or the
// end.
func readAtOnce(nc net.Conn, p []byte) (n int) {
	raw, ok := bare(nc)
	if !ok {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { n, _ = readNow(fd, p) }) // fails when closed on this side
	if d, ok := nc.(*direct); ok {
		d.reads.n, d.reads.of = n, len(p) // the last read, for Drained
	}
	return n
}
