package main

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

// mask is the kernel's set of processors.
type mask [16]uint64

// startOn starts a command on these processors; none means wherever this process
// may be. A child takes over the affinity of the thread that makes it.
func startOn(cmd *exec.Cmd, cpus []int) error {
	if len(cpus) == 0 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, there mask
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &before); err != nil {
		return err
	}
	for _, cpu := range cpus {
		there[cpu/64] |= 1 << (cpu % 64)
	}
	if err := affinity(syscall.SYS_SCHED_SETAFFINITY, &there); err != nil {
		return err
	}
	return errors.Join(cmd.Start(), affinity(syscall.SYS_SCHED_SETAFFINITY, &before))
}

// allowed returns the processors that this process may use.
func allowed() ([]int, error) {
	var m mask
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &m); err != nil {
		return nil, err
	}
	var cpus []int
	for cpu := range len(m) * 64 {
		if m[cpu/64]&(1<<(cpu%64)) != 0 {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// affinity gets or sets that of the calling thread.
func affinity(call uintptr, m *mask) error {
	if _, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*m), uintptr(unsafe.Pointer(m))); errno != 0 {
		return errno
	}
	return nil
}
