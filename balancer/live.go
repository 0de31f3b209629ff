package balancer

import "sync/atomic"

// AdminState is what an operator asked of an endpoint. The zero value is Up.
type AdminState uint32

// The states an operator can set.
const (
	Up    AdminState = iota // serve
	Drain                   // take nothing but what is bound to it (Ask.Route), finish the rest
	Down                    // as Drain, and meant to stay out
)

// String returns the word used in the API: up, drain or down.
func (s AdminState) String() string {
	switch s {
	case Up:
		return "up"
	case Drain:
		return "drain"
	case Down:
		return "down"
	}
	panic("BUG: unknown admin state")
}

// ParseAdminState reads up, drain or down; ok is false for any other word.
func ParseAdminState(word string) (s AdminState, ok bool) {
	for _, s := range []AdminState{Up, Drain, Down} {
		if s.String() == word {
			return s, true
		}
	}
	return Up, false
}

// CheckState is what the active checks say of an endpoint. The zero value is
// CheckUp, which is also the state of an endpoint without active checks.
type CheckState uint32

// The results of active checks.
const (
	CheckUp      CheckState = iota // passing, or not checked at all
	CheckPending                   // not yet passed `rise` times: no cold endpoints
	CheckDown                      // failed `fall` times
)

// The word of an endpoint: two bits of AdminState, two of CheckState, one for
// ejection, one for the trial after it, and above them the share of slow start in
// 256ths. Zero means usable without more ado, so that the hot path is one load and a
// compare.
const (
	adminMask   = 0b00011
	checkMask   = 0b01100
	checkShift  = 2
	ejectedBit  = 0b10000
	blockedMask = adminMask | checkMask | ejectedBit

	trialBit   = 0b100000
	shareShift = 8
	shareMask  = 0xff << shareShift
)

// cacheLine is two 64-byte lines: adjacent lines are fetched in pairs.
const cacheLine = 128

// Live is the mutable state of one endpoint. It outlives snapshots: every
// generation that has the endpoint (by upstream, version and address) points
// to the same Live. All methods may be called by any goroutine at any time.
type Live struct {
	word atomic.Uint32 // read by every pick, written when a state flips
	_    [cacheLine - 4]byte

	inflight atomic.Int64 // written by every attempt
	_        [cacheLine - 8]byte

	pace  pace // written by every attempt where the algorithm asks for it
	waits waits
	_     [cacheLine - 24]byte
}

// NewLive returns the state of an endpoint that is up. With checking, it is
// CheckPending and gets no traffic before SetCheck(CheckUp).
func NewLive(checking bool) *Live {
	l := &Live{}
	if checking {
		l.SetCheck(CheckPending)
	}
	return l
}

// Admin returns what the operator asked for.
func (l *Live) Admin() AdminState { return AdminState(l.word.Load() & adminMask) }

// SetAdmin sets what the operator asks for and reports whether that is a change.
func (l *Live) SetAdmin(s AdminState) bool { return l.set(adminMask, uint32(s)) }

// Check returns what the active checks say.
func (l *Live) Check() CheckState { return CheckState(l.word.Load() & checkMask >> checkShift) }

// SetCheck sets what the active checks say and reports whether that is a change.
func (l *Live) SetCheck(s CheckState) bool { return l.set(checkMask, uint32(s)<<checkShift) }

// Ejected reports whether outcomes have taken the endpoint out.
func (l *Live) Ejected() bool { return l.word.Load()&ejectedBit != 0 }

// SetEjected takes the endpoint out, or lets it back, and reports whether that
// is a change.
func (l *Live) SetEjected(out bool) bool {
	var v uint32
	if out {
		v = ejectedBit
	}
	return l.set(ejectedBit|trialBit, v)
}

// SetTrial ends an ejection for one attempt: the next pick takes the endpoint and
// ejects it again, until somebody decides by how that attempt ended. It reports
// whether that is a change.
func (l *Live) SetTrial() bool { return l.set(ejectedBit|trialBit, trialBit) }

// claim makes sure of an endpoint that a pick has found: a trial is taken, which
// one pick can. False when the endpoint has gone meanwhile.
func (l *Live) claim(failOpen bool) bool {
	for {
		w := l.word.Load()
		if w&trialBit == 0 {
			return failOpen || w&ejectedBit == 0
		}
		if l.word.CompareAndSwap(w, w&^trialBit|ejectedBit) {
			return true
		}
	}
}

// SetShare bounds what an endpoint in slow start gets to share/256 of its turns;
// 0 is all of them. It reports whether that is a change.
func (l *Live) SetShare(share uint8) bool { return l.set(shareMask, uint32(share)<<shareShift) }

// Share returns what SetShare has set.
func (l *Live) Share() uint8 { return uint8(l.word.Load() & shareMask >> shareShift) }

// set replaces the masked bits by compare-and-swap; the next pick sees it.
func (l *Live) set(mask, bits uint32) bool {
	for {
		old := l.word.Load()
		next := old&^mask | bits
		if next == old {
			return false
		}
		if l.word.CompareAndSwap(old, next) {
			return true
		}
	}
}

// Usable reports whether the endpoint may be picked: up, passing its checks
// and not ejected.
func (l *Live) Usable() bool { return l.word.Load()&blockedMask == 0 }

// Well is Usable without a trial: the endpoint serves.
func (l *Live) Well() bool { return l.word.Load()&(blockedMask|trialBit) == 0 }

// Open reports whether the endpoint may be picked when ejection is ignored.
func (l *Live) Open() bool { return l.word.Load()&(blockedMask&^ejectedBit) == 0 }

// Health returns the word the API shows: down (by checks), checking, ejected (also
// while it is tried), slow_start or up. What the operator asked for is Admin.
func (l *Live) Health() string {
	switch w := l.word.Load(); {
	case CheckState(w&checkMask>>checkShift) == CheckDown:
		return "down"
	case CheckState(w&checkMask>>checkShift) == CheckPending:
		return "checking"
	case w&(ejectedBit|trialBit) != 0:
		return "ejected"
	case w&shareMask != 0:
		return "slow_start"
	}
	return "up"
}

// Begin counts an attempt as in flight; every Begin needs one End.
func (l *Live) Begin() { l.inflight.Add(1) }

// TryBegin is Begin where no more than most attempts may be in flight; false when
// there are that many. By compare-and-swap, so that they never are more.
func (l *Live) TryBegin(most int) bool {
	for {
		n := l.inflight.Load()
		if n >= int64(most) {
			return false
		}
		if l.inflight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// End counts an attempt as over.
func (l *Live) End() { l.inflight.Add(-1) }

// Inflight returns the number of attempts begun and not ended.
func (l *Live) Inflight() int64 { return l.inflight.Load() }
