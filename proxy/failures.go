package proxy

import "sync"

const (
	// maxFailures is how many failed attempts a version remembers.
	maxFailures = 16
	// traceIDSize is that of a trace's id, in hexadecimal digits.
	traceIDSize = 32
)

// Failures names the latest failed first attempts of a judged version by the traces
// that their requests are in, so that a revert can be looked into. It outlives
// generations. The zero value is ready; all methods may be called by any goroutine.
type Failures struct {
	mu struct {
		sync.Mutex
		ids  [maxFailures][traceIDSize]byte
		seen uint64 // ids there ever were
	}
}

// add remembers a failed request, unless it is in no trace. It is for failures
// alone, and still waits for nobody: of two that fail in the same instant one may
// go without its name.
func (f *Failures) add(id []byte) {
	if f == nil || len(id) != traceIDSize || !f.mu.TryLock() {
		return
	}
	copy(f.mu.ids[f.mu.seen%maxFailures][:], id)
	f.mu.seen++
	f.mu.Unlock()
}

// Latest returns how many have been remembered since the beginning. If those are not
// as many as were seen before, *ids becomes the latest of them, oldest first.
func (f *Failures) Latest(ids *[]string, before uint64) (seen uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mu.seen == before {
		return before
	}
	*ids = (*ids)[:0]
	for i := f.mu.seen - min(f.mu.seen, maxFailures); i < f.mu.seen; i++ {
		*ids = append(*ids, string(f.mu.ids[i%maxFailures][:]))
	}
	return f.mu.seen
}

// fails names the attempt as one that failed, before its failure wakes the
// evaluator.
func (a *attempt) fails(x Exchange) {
	if a.first && !a.counted {
		a.version.Failures.add(x.TraceID())
	}
}
