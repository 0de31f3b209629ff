package proxy

import (
	"sync"
	"sync/atomic"
	"time"

	"weir/proxy/internal/sock"
)

// WriteGate is what every write of an upstream goes through on its way to a version. It
// knows how many are under way, and a hold shuts it: then writes wait in the order in
// which they came, until the hold ends by its holder or at its time, which the gate
// keeps by itself. It outlives generations. The zero value is open. Safe for concurrent
// use.
type WriteGate struct {
	_ [64]byte // what is beside it is read by others

	inflight atomic.Int64 // writes that were let through and are not over
	shut     atomic.Bool  // written under mu: others wait, or a hold is in force
	_        [64]byte

	counts WriteCounts
	mu     struct {
		sync.Mutex
		hold    *writeHold // in force; nil: none
		last    WriteHeld  // the hold before, when none is in force
		line    waitingWrites
		stopped bool // there are no holds any more
	}
}

// WriteHold says how writes are held.
type WriteHold struct {
	By       string        // who holds them, which is a name of the holder's
	Max      time.Duration // after which the hold ends by itself; above 0
	Requests int           // how many may wait; the others are refused
	Bytes    int64         // of bodies read while they wait; a body that finds no room waits unread
	Rate     int           // of those that wait, released a second besides as many as come in; 0: one after the other
	Release  bool          // at Max writes go on; else those that wait are refused
	// Changed is called when the last write under way has ended, and when the hold ends
	// by itself. It must neither block nor ask the gate; nil means nobody listens.
	Changed func()
}

// WriteHeld is what became of a hold. The zero value is none.
type WriteHeld struct {
	By      string
	Since   time.Time
	Until   time.Time     // when it ends at the latest, or has ended
	InForce bool          // no write goes to a version
	Before  int64         // writes that were under way when it began
	Drained bool          // they have ended, and none can have begun since
	After   time.Duration // from the beginning of the hold until then
	Expired bool          // it came to its Max
	Left    int64         // writes that were under way then
	Stopped bool          // the proxy is stopping
	Waiting int           // writes that wait: for its end, or for their turn after it
}

// WriteCounts counts the writes that a gate has not let through at once.
type WriteCounts struct {
	Held     atomic.Uint64 // had to wait
	Released atomic.Uint64 // went on after that
	Rejected atomic.Uint64 // found no room to wait in
	Expired  atomic.Uint64 // were refused when the hold had come to its Max
	ReadOnly atomic.Uint64 // were refused because the upstream is read-only
}

// Counts counts writes since the process started.
func (g *WriteGate) Counts() *WriteCounts { return &g.counts }

// Inflight is how many writes are under way.
func (g *WriteGate) Inflight() int64 { return g.inflight.Load() }

// writeHold is a hold in force. Its fields are under the gate's mu.
type writeHold struct {
	WriteHold
	beganAt time.Duration // sock.Now
	held    WriteHeld
	end     *time.Timer
}

// Hold shuts the gate; false when there is a hold, when writes of the one before still
// wait, or when the proxy is stopping.
func (g *WriteGate) Hold(o WriteHold) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut.Load() || g.mu.stopped {
		return false
	}
	now := time.Now()
	h := &writeHold{WriteHold: o, beganAt: sock.Now()}
	h.held = WriteHeld{By: o.By, Since: now, Until: now.Add(o.Max), InForce: true}
	g.mu.hold = h
	g.mu.line.begin(o)
	h.end = time.AfterFunc(o.Max, func() { g.expire(h) })
	g.shut.Store(true)
	// A write that was let through has counted itself before it looked, so whoever finds
	// none from here on knows that there is none.
	h.held.Before = g.inflight.Load()
	g.drain()
	return true
}

// End ends the hold of that holder and lets those go who wait. It does nothing when
// another hold is in force, or none.
func (g *WriteGate) End(by string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h := g.mu.hold; h != nil && h.By == by {
		g.end(h)
		g.serve()
	}
}

// end takes the hold out of force. The gate stays shut while others wait.
func (g *WriteGate) end(h *writeHold) {
	h.end.Stop()
	g.mu.hold = nil
	g.mu.last = h.held
	g.mu.last.InForce, g.mu.last.Until = false, time.Now()
	g.mu.line.window.begin(h.held.Before, sock.Now())
}

// Keep has the hold of that holder last for d from now on, whatever its Max, so that
// what was decided in it can be done in it; false when it is not in force any more.
func (g *WriteGate) Keep(by string, d time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.mu.hold
	if h == nil || h.By != by {
		return false
	}
	h.end.Reset(d)
	return true
}

// expire ends a hold by itself.
func (g *WriteGate) expire(h *writeHold) {
	g.mu.Lock()
	if g.mu.hold != h {
		g.mu.Unlock()
		return
	}
	h.held.Stopped, h.held.Expired, h.held.Left = g.mu.stopped, !g.mu.stopped, g.inflight.Load()
	g.end(h)
	if !h.Release {
		g.counts.Expired.Add(uint64(g.mu.line.refuse()))
	}
	g.serve()
	g.mu.Unlock()
	if h.Changed != nil {
		h.Changed()
	}
}

// stop ends the hold in force as if its time had come, for good.
func (g *WriteGate) stop() {
	g.mu.Lock()
	g.mu.stopped = true
	h := g.mu.hold
	g.mu.Unlock()
	if h != nil {
		g.expire(h)
	}
}

// State is the hold in force, or what became of the last one.
func (g *WriteGate) State() WriteHeld {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.mu.last
	if h := g.mu.hold; h != nil {
		s = h.held
	}
	s.Waiting = g.mu.line.len()
	return s
}

// enter lets a write through; false: it has to wait.
func (g *WriteGate) enter() bool {
	g.inflight.Add(1)
	if !g.shut.Load() {
		return true
	}
	g.leave()
	return false
}

// leave is for a write that was let through, when it is over.
func (g *WriteGate) leave() {
	if g.inflight.Add(-1) == 0 && g.shut.Load() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.drain()
	}
}

// drain looks whether the writes that were under way at the beginning of the hold have
// ended. Once they have, none can begin before its end.
func (g *WriteGate) drain() {
	h := g.mu.hold
	if h == nil || h.held.Drained || g.inflight.Load() != 0 {
		return
	}
	h.held.Drained, h.held.After = true, sock.Now()-h.beganAt
	if h.Changed != nil {
		h.Changed()
	}
}
