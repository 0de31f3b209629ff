//go:build !linux

package demo

import "syscall"

// childAttr keeps a Ctrl-C in the terminal to the demo itself, which ends its
// children in order.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
