package state

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Holder is the process that has a directory's file locked, as Linux tells it; 0 where
// nobody has, or it is not told: elsewhere, and of a process in another container.
func Holder(dir string) (pid int) {
	info, err := os.Stat(File(dir))
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	// 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF
	inode := fmt.Sprintf(":%d", stat.Ino)
	for line := range strings.Lines(string(locks)) {
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == "FLOCK" && strings.HasSuffix(f[5], inode) {
			pid, _ = strconv.Atoi(f[4])
			return max(pid, 0)
		}
	}
	return 0
}
