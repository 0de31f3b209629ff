package pool

import (
	"context"
	"time"

	"weir/proxy/internal/sock"
	"weir/proxy/internal/watch"
)

// Open sees to it that n connections wait for their first request, or as many as
// are kept, none of which is near the end of its idle time: called every now and
// then it keeps them ready without a moment in which there is none. Each is dialled
// within the timeout, one after the other, until ctx ends; the error is that of the
// first that could not be made. A retired pool opens nothing.
func (p *Pool) Open(ctx context.Context, n int, timeout time.Duration, w *watch.Watcher) error {
	for range p.wanting(n, sock.Now()) {
		c, err := p.Dial(ctx, timeout, w)
		if err != nil {
			return err
		}
		c.idleSince = sock.Now()
		if !p.keep(c, false) {
			return c.Close() // retired, or full by now
		}
	}
	return nil
}

// wanting is how many connections are to be opened so that n are fresh.
func (p *Pool) wanting(n int, now time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.retired {
		return 0
	}
	o := p.keeping.Load()
	for _, c := range p.mu.idle {
		if now-c.idleSince <= o.IdleTimeout/2 {
			n--
		}
	}
	return max(0, min(n, o.MaxIdle-len(p.mu.idle)))
}
