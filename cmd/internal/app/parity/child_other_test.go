//go:build !race && !linux

package parity

import "syscall"

func childAttr() *syscall.SysProcAttr { return nil }
