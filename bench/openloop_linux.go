package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// generator is an open loop: requests begin at a constant rate whether or not
// earlier ones are answered, and each is timed from when it should have begun. A
// proxy that stalls is charged for all that wait meanwhile, which a closed loop
// would never send.
//
// It is one thread over epoll, as waiting for less than a millisecond needs.
type generator struct {
	address string
	request []byte
	epoll   int
	conns   map[int]*asker
	free    []*asker
	took    []time.Duration
	failed  int
}

// asker is one connection with at most one request under way.
type asker struct {
	fd   int
	due  time.Time // when the request under way should have begun
	in   []byte    // of an answer that has not all come
	busy bool
}

// generate sends `total` requests, `rate` a second, and prints what came of them.
func generate(address string, rate, total int) error {
	g := &generator{
		address: address,
		request: []byte("GET / HTTP/1.1\r\nHost: " + address + "\r\n\r\n"),
		conns:   map[int]*asker{},
		took:    make([]time.Duration, 0, total),
	}
	// Timers of this thread end when they should, not up to 50 µs later.
	const setTimerSlack = 29
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0) // less precise without it
	var err error
	if g.epoll, err = syscall.EpollCreate1(0); err != nil {
		return err
	}
	for range busy {
		if err := g.open(); err != nil {
			return err
		}
	}
	fmt.Print(ready)
	g.run(rate, total)
	return json.NewEncoder(os.Stdout).Encode(openLoad{Sent: total, Failed: g.failed, P50: part(g.took, 50), P99: part(g.took, 99), P999: part(g.took, 99.9)})
}

// open makes one more connection.
func (g *generator) open() error {
	nc, err := net.Dial("tcp", g.address)
	if err != nil {
		return err
	}
	file, err := nc.(*net.TCPConn).File()
	nc.Close()
	if err != nil {
		return err
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return err
	}
	a := &asker{fd: fd}
	g.conns[fd] = a
	g.free = append(g.free, a)
	return syscall.EpollCtl(g.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func (g *generator) run(rate, total int) {
	every := time.Second / time.Duration(rate)
	begun := time.Now()
	last := begun.Add(time.Duration(total)*every + patience) // what is not answered by then never will be
	events := make([]syscall.EpollEvent, 256)
	buf := make([]byte, 64<<10)
	for sent := 0; len(g.took)+g.failed < total; {
		now := time.Now()
		if now.After(last) {
			g.failed = total - len(g.took)
			return
		}
		for sent < total && len(g.free) > 0 {
			due := begun.Add(time.Duration(sent) * every)
			if due.After(now) {
				break
			}
			sent++
			g.ask(due)
		}
		wait := patience
		if sent < total && len(g.free) > 0 {
			wait = time.Until(begun.Add(time.Duration(sent) * every))
		}
		for _, e := range events[:epollWait(g.epoll, events, wait)] {
			if a := g.conns[int(e.Fd)]; a != nil {
				g.answered(a, buf)
			}
		}
	}
}

func (g *generator) ask(due time.Time) {
	a := g.free[len(g.free)-1]
	g.free = g.free[:len(g.free)-1]
	a.due, a.busy = due, true
	if n, err := syscall.Write(a.fd, g.request); err != nil || n < len(g.request) {
		g.lost(a)
	}
}

func (g *generator) answered(a *asker, buf []byte) {
	n, err := syscall.Read(a.fd, buf)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if n <= 0 {
		g.lost(a)
		return
	}
	in := buf[:n]
	if len(a.in) > 0 {
		a.in = append(a.in, in...)
		in = a.in
	}
	size, ok := answerSize(in)
	switch {
	case !ok || len(in) < size:
		a.in = append(a.in[:0], in...)
		return
	case !bytes.HasPrefix(in, []byte("HTTP/1.1 200 ")):
		g.failed++
	default:
		g.took = append(g.took, time.Since(a.due))
	}
	a.in, a.busy = a.in[:0], false
	g.free = append(g.free, a)
}

// lost replaces a connection that broke; a request on it has failed.
func (g *generator) lost(a *asker) {
	if a.busy {
		g.failed++
	} else {
		for i, f := range g.free {
			if f == a {
				g.free = append(g.free[:i], g.free[i+1:]...)
				break
			}
		}
	}
	delete(g.conns, a.fd)
	_ = syscall.Close(a.fd)
	_ = g.open() // without it one connection less: the others carry on
}

// epollWait is epoll_pwait2, which takes nanoseconds.
func epollWait(epoll int, events []syscall.EpollEvent, wait time.Duration) int {
	const epollPwait2 = 441 // on every architecture
	if wait < 0 {
		wait = 0
	}
	ts := syscall.NsecToTimespec(int64(wait))
	n, _, errno := syscall.Syscall6(epollPwait2, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}
