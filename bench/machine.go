package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says what the numbers were measured on and with.
func machine() []string {
	lines := []string{
		time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		fmt.Sprintf("%s, %d cores, %s/%s, kernel %s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, kernel()),
		runtime.Version() + ", " + versionOf("nginx", "-v") + ", " + versionOf("haproxy", "-v") + ", " + versionOf("wrk", "-v"),
	}
	if load := loadAverage(); load != "" {
		lines = append(lines, "load average when the run began: "+load+" (what else the machine does falls on all proxies alike, but not on milliseconds)")
	}
	return lines
}

// versionOf is the first line that a program says about itself.
func versionOf(program, flag string) string {
	said, _ := exec.Command(program, flag).CombinedOutput() // wrk ends with 1 after saying it
	line, _, _ := strings.Cut(string(said), "\n")
	line, _, _ = strings.Cut(line, " - https:")
	line, _, _ = strings.Cut(line, " Copyright")
	line = strings.TrimSpace(strings.TrimPrefix(line, "nginx version: "))
	if line == "" {
		return "no " + program
	}
	return line
}
