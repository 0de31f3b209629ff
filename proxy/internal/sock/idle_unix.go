//go:build unix

package sock

import (
	"io"
	"net"
	"os"
	"syscall"
)

// open prepares for waiting on the bare socket; false when there is none under
// the connection (TLS).
func (r *idleReader) open(nc net.Conn) bool {
	raw, ok := bare(nc)
	if !ok {
		return false
	}
	r.raw, r.try = raw, r.read
	return true
}

// read is called when the socket may have bytes; false sends the goroutine
// waiting.
func (r *idleReader) read(fd uintptr) bool {
	n, errno := readNow(fd, r.lender.Lend())
	switch {
	case errno == syscall.EAGAIN:
		r.lender.Withdraw()
		return false
	case errno != 0:
		r.err = os.NewSyscallError("read", errno)
	case n == 0:
		r.err = io.EOF
	}
	r.n = n
	return true
}
