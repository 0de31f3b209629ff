//go:build !race

package parity

import "syscall"

// childAttr makes a child die with the test binary, even when that is killed.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
