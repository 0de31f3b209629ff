package proxy

import "sync/atomic"

// leave is the word that the client has left, for a worker that waits for something
// else than its connections. The zero value is ready.
type leave struct {
	told atomic.Bool
	to   atomic.Pointer[chan struct{}] // nil before the first wait; capacity 1
}

// tell may be called from any goroutine, at any time, again and again.
func (l *leave) tell() {
	l.told.Store(true)
	if to := l.to.Load(); to != nil {
		select {
		case *to <- struct{}{}:
		default: // it is there already
		}
	}
}

// wait returns what is ready when the client has left, then or before. It is the
// worker's.
func (l *leave) wait() <-chan struct{} {
	to := l.to.Load()
	if to == nil {
		ch := make(chan struct{}, 1)
		to = &ch
		l.to.Store(to)
	}
	if l.told.Load() { // after the channel is there: tell may not have seen it
		l.tell()
	}
	return *to
}
