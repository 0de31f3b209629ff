package control

import (
	"sync"

	"weir/proxy"
)

// flagsSeen is what requests see of flags, for those who wait for others.
type flagsSeen struct {
	mu struct {
		sync.Mutex
		flags   *proxy.Flags
		changed chan struct{} // closed at the next change; nil: nobody waits
	}
}

// tell has the flags of a new generation seen; f may be nil.
func (s *flagsSeen) tell(f *flags) {
	var now *proxy.Flags
	if f != nil {
		now = f.proxied
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now == s.mu.flags {
		return
	}
	s.mu.flags = now
	if s.mu.changed != nil {
		close(s.mu.changed)
		s.mu.changed = nil
	}
}

// FlagsNow is what requests see of flags; nil: there are none. changed is closed when they
// see others.
func (c *Control) FlagsNow() (f *proxy.Flags, changed <-chan struct{}) {
	s := &c.seen
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.changed == nil {
		s.mu.changed = make(chan struct{})
	}
	return s.mu.flags, s.mu.changed
}
