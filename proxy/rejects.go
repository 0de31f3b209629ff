package proxy

import (
	"maps"
	"sync"
)

// rejects counts by reason what Weir answered before a route was known. The
// reasons are Weir's own words, so there are few. Not on the way of a request
// that is served.
type rejects struct {
	mu struct {
		sync.Mutex
		byReason map[string]uint64
	}
}

func (r *rejects) count(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.byReason == nil {
		r.mu.byReason = make(map[string]uint64)
	}
	r.mu.byReason[reason]++
}

func (r *rejects) read() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.mu.byReason)
}
