package main

import (
	"os"
	"strings"
)

// kernel is the release of the running kernel.
func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(release))
}

// processor is the model that the kernel names.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if rest, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(rest, " \t\n:")
		}
	}
	return "unknown processor"
}

// loadAverage is that of the last 1, 5 and 15 minutes.
func loadAverage() string {
	load, _ := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(load))
	return strings.Join(fields[:min(3, len(fields))], ", ")
}
