package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
)

// responder is the fastest backend that is still one: a single loop over epoll
// that answers every complete head, 128 bytes or 1 MiB by its path, and a POST never:
// its body is of a slow client. It does not parse, has no limits and must never be
// the bottleneck.
type responder struct {
	epoll     int
	listeners map[int]*answers
	conns     map[int]*respondent
}

// answers are what one address says: the first byte of each body is its letter,
// so that a client knows who has answered.
type answers struct{ small, large []byte }

// respondent is one connection.
type respondent struct {
	*answers
	in   []byte // a head that has not all come
	post bool   // what comes is a body
	rest []byte // of an answer that the socket did not take
}

// respond serves the addresses, the first as "a", the second as "b" and so on.
func respond(addresses []string) error {
	r := &responder{listeners: map[int]*answers{}, conns: map[int]*respondent{}}
	var err error
	if r.epoll, err = syscall.EpollCreate1(0); err != nil {
		return err
	}
	for i, address := range addresses {
		fd, err := listenOn(address)
		if err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
		letter := string(rune('a' + i))
		r.listeners[fd] = &answers{small: answerOf(letter, 128), large: answerOf(letter, 1<<20)}
		if err := r.watch(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN); err != nil {
			return err
		}
	}
	fmt.Print(ready)
	return r.run()
}

func answerOf(letter string, size int) []byte {
	return []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
		size, strings.Repeat(letter, size)))
}

func listenOn(address string) (int, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}); err != nil {
		return 0, err
	}
	return fd, syscall.Listen(fd, 4096)
}

func (r *responder) watch(op, fd int, events uint32) error {
	return syscall.EpollCtl(r.epoll, op, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func (r *responder) run() error {
	events := make([]syscall.EpollEvent, 512)
	buf := make([]byte, 16<<10)
	for {
		n, err := syscall.EpollWait(r.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			return os.NewSyscallError("epoll_wait", err)
		}
		for _, e := range events[:max(n, 0)] {
			fd := int(e.Fd)
			if a := r.listeners[fd]; a != nil {
				r.accept(fd, a)
			} else if c := r.conns[fd]; c != nil && !c.serve(r, fd, buf, e.Events) {
				delete(r.conns, fd)
				_ = syscall.Close(fd)
			}
		}
	}
}

func (r *responder) accept(listener int, a *answers) {
	for {
		fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return // no more, or no descriptor left: the client will see that
		}
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) // slower without it, no more
		r.conns[fd] = &respondent{answers: a}
		if r.watch(syscall.EPOLL_CTL_ADD, fd, syscall.EPOLLIN) != nil {
			delete(r.conns, fd)
			_ = syscall.Close(fd)
		}
	}
}

// serve does what the socket is ready for; false ends the connection.
func (c *respondent) serve(r *responder, fd int, buf []byte, events uint32) bool {
	if len(c.rest) > 0 && events&syscall.EPOLLOUT != 0 {
		if !c.write(r, fd, c.rest) {
			return false
		}
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) == 0 {
		return true
	}
	n, err := syscall.Read(fd, buf)
	if n <= 0 {
		return err == syscall.EAGAIN || err == syscall.EINTR
	}
	if c.post {
		return true
	}
	in := buf[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, in...)
		in = c.in
	}
	at := bytes.Index(in, []byte("\r\n\r\n"))
	if at < 0 {
		c.in = append(c.in[:0], in...)
		return true
	}
	c.in = c.in[:0]
	if c.post = bytes.HasPrefix(in, []byte("POST ")); c.post {
		return true
	}
	answer := c.small
	if bytes.HasPrefix(in, []byte("GET /1MiB ")) {
		answer = c.large
	}
	return c.write(r, fd, answer)
}

// write sends what the socket takes and remembers the rest.
func (c *respondent) write(r *responder, fd int, p []byte) bool {
	waited := len(c.rest) > 0
	n, err := syscall.Write(fd, p)
	if err != nil && err != syscall.EAGAIN {
		return false
	}
	c.rest = p[max(n, 0):]
	switch {
	case len(c.rest) > 0 && !waited:
		return r.watch(syscall.EPOLL_CTL_MOD, fd, syscall.EPOLLIN|syscall.EPOLLOUT) == nil
	case len(c.rest) == 0 && waited:
		return r.watch(syscall.EPOLL_CTL_MOD, fd, syscall.EPOLLIN) == nil
	}
	return true
}
