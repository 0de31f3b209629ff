//go:build unix && !linux

package sock

import "syscall"

// The calls on a socket that never blocks, as the platform has them.

func readNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return again(func() (int, error) { return syscall.Read(int(fd), p) })
}

func writeNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return again(func() (int, error) { return syscall.Write(int(fd), p) })
}

// peekNow reads and leaves everything where it is.
func peekNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return again(func() (int, error) {
		n, _, err := syscall.Recvfrom(int(fd), p, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return n, err
	})
}

func again(call func() (int, error)) (int, syscall.Errno) {
	for {
		n, err := call()
		errno, failed := err.(syscall.Errno) //nolint:errorlint // package syscall returns nothing else, and unwrapped
		switch {
		case !failed:
			return n, 0
		case errno == syscall.EINTR:
			continue
		}
		return 0, errno
	}
}
