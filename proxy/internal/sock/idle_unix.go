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
	buf := r.lender.Lend()
	for {
		n, err := syscall.Read(int(fd), buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			r.lender.Withdraw()
			return false
		case err != nil:
			r.err = os.NewSyscallError("read", err)
		case n == 0:
			r.err = io.EOF
		default:
			r.n = n
		}
		return true
	}
}
