package file

import (
	"io/fs"
	"os"
	"syscall"
)

// isMine reports whether the file is owned by the user of this process.
func isMine(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(s.Uid) == os.Geteuid()
}
