//go:build unix

package sock

import (
	"net"
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
	if errno == syscall.EAGAIN {
		r.lender.Withdraw()
		return false
	}
	r.n, r.err = n, readError(n, errno)
	return true
}
