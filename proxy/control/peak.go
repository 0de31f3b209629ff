package control

import (
	"slices"
	"sync"
	"time"
)

// peakFor is over how many seconds a peak is remembered.
const peakFor = 10

// peak is the most that an upstream had to do at a time in the last seconds, as far
// as somebody looked. It outlives generations. The zero value has seen nothing. Safe
// for concurrent use.
type peak struct {
	mu struct {
		sync.Mutex
		most [peakFor]int64 // by second
		at   int64          // the last second that was looked at
	}
}

// see adds a look, and returns the most of the last seconds.
func (p *peak) see(now time.Time, n int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	second := now.Unix()
	if gone := second - p.mu.at; gone < 0 || gone >= peakFor { // a clock that was set back has seen nothing either
		clear(p.mu.most[:])
	} else {
		for s := p.mu.at + 1; s <= second; s++ {
			p.mu.most[s%peakFor] = 0
		}
	}
	p.mu.at = second
	slot := &p.mu.most[second%peakFor]
	*slot = max(*slot, n)
	return slices.Max(p.mu.most[:])
}
