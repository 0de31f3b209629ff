//go:build unix

package sock

import (
	"net"
	"syscall"
)

// open prepares for looking into the bare socket; false when there is none under
// the connection (TLS).
func (l *looker) open(nc net.Conn) bool {
	raw, ok := bare(nc)
	if !ok {
		return false
	}
	l.raw, l.look = raw, func(fd uintptr) { l.quiet = quiet(fd) }
	return true
}

// quiet looks into a socket without taking anything or waiting. Nothing to read
// (EAGAIN) is what an idle connection should have; end of stream, bytes or an
// error are not.
func quiet(fd uintptr) bool {
	var b [1]byte
	_, errno := peekNow(fd, b[:])
	return errno == syscall.EAGAIN
}

// bare returns the socket under a connection that does not hide it.
func bare(nc net.Conn) (syscall.RawConn, bool) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil, false
	}
	raw, err := sc.SyscallConn()
	return raw, err == nil
}
