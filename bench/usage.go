package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuTime is what the scheduler has counted for a process and its children, to
// the nanosecond. Threads that have ended are not in it: the proxies keep theirs.
func cpuTime(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	var sum time.Duration
	for _, task := range tasks {
		stat, err := os.ReadFile(filepath.Join(task, "schedstat"))
		if err != nil {
			continue // this thread has just ended
		}
		first, _, _ := strings.Cut(string(stat), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("schedstat %q: %w", stat, err)
		}
		sum += time.Duration(ns)
		children, _ := os.ReadFile(filepath.Join(task, "children"))
		for _, field := range strings.Fields(string(children)) {
			of, err := strconv.Atoi(field)
			if err != nil {
				return 0, err
			}
			used, err := cpuTime(of)
			if err != nil {
				return 0, err
			}
			sum += used
		}
	}
	return sum, nil
}
