package demo

import "syscall"

// childAttr keeps a Ctrl-C in the terminal to the demo itself, which ends its
// children in order; should the demo be killed, the kernel ends them.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
