package outcome

import "sync/atomic"

// Endpoint counts the attempts made at one endpoint, cumulatively. It outlives
// snapshots. All methods may be called by any goroutine, take no lock and allocate
// nothing. The zero value is ready; allocate it by itself, not inside an array of
// something smaller, so that its cache lines stay its own.
type Endpoint struct {
	firstOK     atomic.Uint64
	laterOK     atomic.Uint64
	failed      atomic.Uint64
	firstFailed atomic.Uint64
	consecutive atomic.Uint32
	sheet       atomic.Uint32
	slow        [NumBounds]atomic.Uint64 // which fills one line of 64 bytes

	writes, writesFailed atomic.Uint64
	_                    [lineBytes - 80]byte // 10 000 endpoints are 1.3 MB
}

// EndpointCounts is one reading of an Endpoint, in plain values.
type EndpointCounts struct {
	OK          uint64 // attempts that ended OK
	Failed      uint64 // attempts that speak against the endpoint: Kind.BlamesEndpoint
	First       uint64 // first attempts that count for the verdict: all but canceled ones
	FirstFailed uint64 // those of them that failed: Kind.Failed, overdue ones included
	Consecutive uint32 // blaming failures since the last OK or ResetConsecutive
	Sheet       uint32 // how often CleanSheet was called
	// Slow is how many first attempts lay above each of the bounds that its version
	// had when their answers began.
	Slow [NumBounds]uint64
	// Writes are first attempts of pinned writes, all but canceled ones, which are not
	// among First, and WritesFailed those that failed, overdue ones included.
	Writes, WritesFailed uint64
}

// Record counts the end of an attempt; first says that it was its request's first.
// It returns how many blaming failures in a row that makes, 0 after OK. Overdue
// counts only in FirstFailed and Canceled nowhere; both leave the row as it is. An
// attempt recorded as Overdue whose end is seen later may be recorded once more
// with first == false.
func (e *Endpoint) Record(k Kind, first bool) (consecutive uint32) {
	if first && k.Failed() {
		e.firstFailed.Add(1)
	}
	switch {
	case k == OK && first:
		e.firstOK.Add(1)
		e.ResetConsecutive()
		return 0
	case k == OK:
		e.laterOK.Add(1)
		e.ResetConsecutive()
		return 0
	case k.BlamesEndpoint():
		e.failed.Add(1)
		return e.consecutive.Add(1)
	}
	return e.consecutive.Load()
}

// Write counts, besides Record with first == false, the end of a first attempt of a
// pinned write: see Version.Write. One that is overdue is counted when it is found to be.
func (e *Endpoint) Write(k Kind) {
	if k.Failed() {
		e.writesFailed.Add(1)
	}
	if k != Canceled {
		e.writes.Add(1)
	}
}

// Slow counts a first attempt that lay above so many of its version's bounds, 1 to
// NumBounds: see Version.FirstByte.
func (e *Endpoint) Slow(above int) { e.slow[above-1].Add(1) }

// Counts reads the counters; not one instant, each counter only grows (Consecutive excepted).
func (e *Endpoint) Counts() EndpointCounts {
	var slow [NumBounds]uint64
	for i := range slow {
		n := e.slow[i].Load()
		for j := range i + 1 {
			slow[j] += n // what lies above a bound lies above those before
		}
	}
	firstOK, firstFailed := e.firstOK.Load(), e.firstFailed.Load()
	writesFailed := e.writesFailed.Load()
	return EndpointCounts{
		Slow:        slow,
		OK:          firstOK + e.laterOK.Load(),
		Failed:      e.failed.Load(),
		First:       firstOK + firstFailed,
		FirstFailed: firstFailed,
		Consecutive: e.consecutive.Load(),
		Sheet:       e.sheet.Load(),

		WritesFailed: writesFailed,
		Writes:       max(e.writes.Load(), writesFailed),
	}
}

// CleanSheet asks the ejector to forget what it has seen so far. The control plane
// calls it when the endpoint's version begins to be judged: what it has failed
// before, for instance as a candidate that was reverted, could not eject its last
// endpoint then, and must not now.
func (e *Endpoint) CleanSheet() {
	e.ResetConsecutive()
	e.sheet.Add(1)
}

// ResetConsecutive ends the row of failures. The ejector calls it when an ejected
// endpoint returns, which begins with a clean sheet.
func (e *Endpoint) ResetConsecutive() {
	if e.consecutive.Load() != 0 { // do not write to a line that is already right
		e.consecutive.Store(0)
	}
}
