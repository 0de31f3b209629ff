package accesslog

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// shard is one of the buffers that requests fill: several, so that they seldom
// meet, and whoever meets another goes on to the next.
type shard struct {
	mu      sync.Mutex // only ever tried by requests; held for a copy of some hundred bytes
	filling *buffer    // nil before the first entry and while the log is off

	sampled atomic.Uint64 // where the sampling sequence stands
	_       [64]byte      // the next shard is not on the same line
}

// shardCount is a power of two, enough that two processors seldom meet in one.
func shardCount() int {
	n := 4
	for n < 4*runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	return n
}

// add copies an entry without waiting. half says that the owner should come.
func (s *shard) add(e *Entry) (added, half bool) {
	if !s.mu.TryLock() {
		return false, false
	}
	defer s.mu.Unlock()
	if s.filling == nil {
		s.filling = newBuffer()
	}
	added = s.filling.add(e)
	return added, s.filling.half()
}

// take returns the buffer with what has gathered and leaves an empty one in its
// place; nil when nothing has.
func (s *shard) take(empty *buffer) *buffer {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.filling
	if full == nil || len(full.entries) == 0 {
		return nil
	}
	s.filling = empty
	return full
}

// release gives the memory back.
func (s *shard) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filling = nil
}
