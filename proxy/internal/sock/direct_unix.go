//go:build unix

package sock

import (
	"io"
	"net"
	"os"
	"syscall"
)

// direct is a TCP connection whose reads and writes do not tell the scheduler
// that a system call is on. The socket never blocks, so the call is over in
// microseconds; but a scheduler that knows of calls sends a thread every 20 µs to
// see whether one hangs, and gives the processor to another thread when it does.
// Measured in bench/NOTES.md.
//
// One goroutine may read and another write.
type direct struct {
	*net.TCPConn

	raw         syscall.RawConn
	reads       transfer
	writes      transfer
	read, write func(fd uintptr) bool // made once: a method value allocates
}

// transfer is one read or write under way.
type transfer struct {
	p   []byte
	of  int // len(p) at the beginning
	n   int
	err error
}

// directly returns nc with direct calls, or nc itself where that is no bare TCP
// connection.
func directly(nc net.Conn) net.Conn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nc
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nc
	}
	d := &direct{TCPConn: tcp, raw: raw}
	d.read, d.write = d.readReady, d.writeReady
	return d
}

// Read is that of a net.Conn.
func (d *direct) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t := &d.reads
	*t = transfer{p: p, of: len(p)}
	err := d.raw.Read(d.read)
	t.p = nil
	if err != nil {
		return 0, err
	}
	return t.n, t.err
}

// Write is that of a net.Conn.
func (d *direct) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	t := &d.writes
	*t = transfer{p: p}
	err := d.raw.Write(d.write)
	t.p = nil
	if err != nil {
		return t.n, err // a deadline, with what was taken before
	}
	return t.n, t.err
}

// drained is Drained.
func drained(nc net.Conn) bool {
	d, ok := nc.(*direct)
	return ok && d.reads.n < d.reads.of
}

// readReady is called when there may be bytes; false sends the goroutine waiting.
func (d *direct) readReady(fd uintptr) bool {
	t := &d.reads
	n, errno := readNow(fd, t.p)
	if errno == syscall.EAGAIN {
		return false
	}
	t.n, t.err = n, readError(n, errno)
	return true
}

// readError is the error of a read that took n bytes of at least one.
func readError(n int, errno syscall.Errno) error {
	switch {
	case errno != 0:
		return os.NewSyscallError("read", errno)
	case n == 0:
		return io.EOF
	}
	return nil
}

// writeReady is called when there may be room; false sends the goroutine waiting.
func (d *direct) writeReady(fd uintptr) bool {
	t := &d.writes
	for t.n < len(t.p) {
		n, errno := writeNow(fd, t.p[t.n:])
		if errno == syscall.EAGAIN {
			return false
		}
		if errno != 0 {
			t.err = os.NewSyscallError("write", errno)
			return true
		}
		t.n += n
	}
	return true
}
