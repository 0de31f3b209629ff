//go:build unix

package pool

import "syscall"

// quiet looks into a socket without taking anything or waiting. Nothing to read
// (EAGAIN) is what an idle connection should have; end of stream, bytes or an
// error are not.
func quiet(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return err == syscall.EAGAIN || err == syscall.EINTR
}
