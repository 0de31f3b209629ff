package balancer

import "sync/atomic"

// Load is the attempts in flight at all endpoints of a version, counted where the
// algorithm bounds what one of them may have, or the version may only have so many. It
// outlives generations. The zero value
// is ready, a nil one counts nothing. Safe for concurrent use.
type Load struct {
	_ [cacheLine]byte
	n atomic.Int64
	_ [cacheLine - 8]byte
}

// Inflight returns the number of attempts begun and not ended.
func (l *Load) Inflight() int64 {
	if l == nil {
		return 0
	}
	return l.n.Load()
}

// Begin counts an attempt; every Begin needs one End.
func (l *Load) Begin() {
	if l != nil {
		l.n.Add(1)
	}
}

// End counts an attempt as over.
func (l *Load) End() {
	if l != nil {
		l.n.Add(-1)
	}
}
