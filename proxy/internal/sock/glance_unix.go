//go:build unix

package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// glancer reads and writes a bare socket without waiting. Made once per
// connection, so that glancing allocates nothing.
type glancer struct {
	raw       syscall.RawConn
	get, put  func(fd uintptr)
	p         []byte
	n         int
	err       error
	putN      int
	putErr    error
	putBuffer []byte
}

func (g *glancer) open(nc net.Conn) {
	raw, ok := bare(nc)
	if !ok {
		return
	}
	g.raw = raw
	g.get = func(fd uintptr) {
		for {
			g.n, g.err = syscall.Read(int(fd), g.p)
			if !errors.Is(g.err, syscall.EINTR) {
				return
			}
		}
	}
	g.put = func(fd uintptr) {
		for {
			g.putN, g.putErr = syscall.Write(int(fd), g.putBuffer)
			if !errors.Is(g.putErr, syscall.EINTR) {
				return
			}
		}
	}
}

// read takes what is there, or returns errNothing.
func (g *glancer) read(p []byte) (int, error) {
	if g.raw == nil {
		return 0, errNothing
	}
	g.p = p
	err := g.raw.Control(g.get)
	g.p = nil
	switch {
	case err != nil:
		return 0, err // closed on this side
	case errors.Is(g.err, syscall.EAGAIN):
		return 0, errNothing
	case g.err != nil:
		return 0, os.NewSyscallError("read", g.err)
	case g.n == 0:
		return 0, io.EOF
	}
	return g.n, nil
}

// write writes what the socket takes at once.
func (g *glancer) write(p []byte) (int, error) {
	if g.raw == nil {
		return 0, errNothing
	}
	g.putBuffer = p
	err := g.raw.Control(g.put)
	g.putBuffer = nil
	switch {
	case err != nil:
		return 0, err
	case g.putErr != nil:
		return 0, os.NewSyscallError("write", g.putErr)
	case g.putN < len(p):
		return g.putN, io.ErrShortWrite
	}
	return g.putN, nil
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
