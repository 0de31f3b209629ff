//go:build unix

package accesslog

import (
	"os"
	"syscall"
)

// openFlags do not wait for the reader of a named pipe.
const openFlags = os.O_WRONLY | os.O_APPEND | os.O_CREATE | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
