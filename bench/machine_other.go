//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

// kernel is the release of the running kernel, which only Linux tells cheaply.
func kernel() string { return "unknown" }

func loadAverage() string { return "" }

func processor() string { return "unknown processor" }

// errLinux is what the comparisons say elsewhere: they need its scheduler's
// accounting, its affinity and its epoll.
var errLinux = errors.New("needs Linux")

func startOn(*exec.Cmd, []int) error  { return errLinux }
func allowed() ([]int, error)         { return nil, errLinux }
func respond([]string) error          { return errLinux }
func generate(string, int, int) error { return errLinux }
