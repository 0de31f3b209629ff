package proxy

import "time"

// writeWindow is how many writes may be under way while those that waited go on. A
// thousand at once would wait in the endpoint instead, each longer than the second after
// which an attempt is overdue, and the version that has just got the writes would be
// taken for one that hangs. It begins with what the version before had under way, and
// grows with every write that ends soon, so that an endpoint which can do more gets more.
// It is under the gate's mu.
type writeWindow struct {
	first int64 // what it begins with, and is at least
	size  int64
	least time.Duration // that one has taken; 0: none has ended yet
	until time.Duration // sock.Now when it opens further, as none ends
}

const (
	fewWrites  = 16                     // that any endpoint can have under way
	soonEnough = 100 * time.Millisecond // a tenth of the time after which they are overdue
	noneEnds   = time.Second
)

// begin is for the end of a hold before which so many were under way.
func (w *writeWindow) begin(before int64, now time.Duration) {
	n := max(fewWrites, 2*before)
	*w = writeWindow{first: n, size: n, until: now + noneEnds}
}

// full says for how long there is no room beside those under way; 0: there is. While
// none ends it doubles, because what hangs must not keep others from where the verdict
// on it may have moved the writes.
func (w *writeWindow) full(inflight int64, now time.Duration) time.Duration {
	if inflight < w.size {
		return 0
	}
	if now >= w.until {
		w.size, w.until = 2*w.size, now+noneEnds
		if inflight < w.size {
			return 0
		}
	}
	return w.until - now
}

// ended is for a write that was let go and has taken so long. Where writes take their
// time even when few are under way, twice the least of it is soon.
func (w *writeWindow) ended(took, now time.Duration) {
	if w.least == 0 || took < w.least {
		w.least = took
	}
	w.until = now + noneEnds
	switch soon := max(soonEnough, 2*w.least); {
	case took <= soon:
		w.size++
	case took > 2*soon && w.size > w.first:
		w.size--
	}
}
