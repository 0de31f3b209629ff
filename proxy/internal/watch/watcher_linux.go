package watch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// hangup is what the kernel is asked for: the end of what the other end sends, as
// an edge. Bytes that come do not wake anybody. Errors and resets are always told.
const hangup = syscall.EPOLLRDHUP | 1<<31 // EPOLLET, which package syscall has as a negative number

// Watcher is one epoll set, which itself waits in Go's poller: it holds no thread.
// A nil Watcher watches nothing. Safe for concurrent use.
type Watcher struct {
	peers table
	file  *os.File // the epoll set
	raw   syscall.RawConn

	// Run's alone.
	events [128]syscall.EpollEvent
	n      int
	err    error
}

// New returns a watcher whose Run was not started.
func New() (*Watcher, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // or Go would give it a thread
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("setnonblock", err)
	}
	w := &Watcher{file: os.NewFile(uintptr(fd), "epoll")}
	if w.raw, err = w.file.SyscallConn(); err != nil {
		w.file.Close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return w, nil
}

// Add watches the socket under nc for p. What cannot be watched is not: that p
// never hears of it must do no more than cost time.
func (w *Watcher) Add(nc net.Conn, p Peer) Token {
	if w == nil {
		return Token{}
	}
	raw := socket(nc)
	if raw == nil {
		return Token{}
	}
	slot, turn := w.peers.join(p)
	t := Token{w, slot, turn}
	event := syscall.EpollEvent{Events: hangup, Fd: slot, Pad: int32(turn)}
	failed := true
	_ = w.raw.Control(func(set uintptr) { // fails when Run has ended
		_ = raw.Control(func(fd uintptr) { // fails when nc is closed
			failed = syscall.EpollCtl(int(set), syscall.EPOLL_CTL_ADD, int(fd), &event) != nil
		})
	})
	if failed {
		t.Forget()
		return Token{}
	}
	return t
}

// socket returns the bare socket under a connection, also under TLS; nil when
// there is none.
func socket(nc net.Conn) syscall.RawConn {
	for {
		if s, ok := nc.(syscall.Conn); ok {
			raw, err := s.SyscallConn()
			if err != nil {
				return nil
			}
			return raw
		}
		inner, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		nc = inner.NetConn()
	}
}

// Run tells peers until ctx ends; from then on nothing is watched. It returns nil
// then, else why it cannot go on.
func (w *Watcher) Run(ctx context.Context) error {
	if w == nil {
		<-ctx.Done()
		return nil
	}
	defer context.AfterFunc(ctx, func() { w.file.Close() })() // ends the wait
	defer w.file.Close()
	wait := w.wait
	for {
		err := w.raw.Read(wait)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = w.err
		}
		if err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
		for _, e := range w.events[:w.n] {
			if p := w.peers.tell(e.Fd, uint32(e.Pad)); p != nil {
				p.Hangup(e.Events&(syscall.EPOLLERR|syscall.EPOLLHUP) != 0)
			}
		}
	}
}

// wait takes what there is; false sends the goroutine waiting.
func (w *Watcher) wait(set uintptr) bool {
	for {
		w.n, w.err = syscall.EpollWait(int(set), w.events[:], 0)
		if !errors.Is(w.err, syscall.EINTR) {
			return w.n != 0 || w.err != nil
		}
	}
}
