package sock

import (
	"syscall"
	"unsafe"
)

// The calls on a socket that never blocks, without a word to the scheduler: see
// direct. The buffer is never empty.

func readNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return call(syscall.SYS_READ, fd, p, 0)
}

func writeNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return call(syscall.SYS_WRITE, fd, p, 0)
}

// peekNow reads and leaves everything where it is.
func peekNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return call(syscall.SYS_RECVFROM, fd, p, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
}

func call(number, fd uintptr, p []byte, flags uintptr) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(number, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
			continue
		}
		return 0, errno
	}
}
