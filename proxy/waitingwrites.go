package proxy

import (
	"container/list"
	"time"

	"weir/proxy/internal/sock"
)

// waitingWrite is one write's place in the line at a gate.
type waitingWrite struct {
	turn  chan bool // capacity 1: true: it goes on; false: it is refused
	place *list.Element
	bytes int64         // of its body, that count
	letAt time.Duration // sock.Now when its turn came; 0: it is over, or has had none
}

// waitingWrites is the line at a gate, in the order of arrival. After a hold they go one
// by one: the next one when the one before has been sent to its endpoint, so that they
// begin there in this order, but no later than turnFor after it, and no more at a time
// than the window has room for. Everything in it is under the gate's mu.
type waitingWrites struct {
	of     WriteHold // the hold that they wait for, or waited for
	window writeWindow
	list   list.List // of *waitingWrite
	bytes  int64
	turn   *waitingWrite // has been let go and is not sent yet; nil: none
	turnBy time.Duration // sock.Now when the next one goes all the same
	spare  time.Duration // of the patience
	credit float64       // of those that may go by the rate
	at     time.Duration // sock.Now when that was so
	again  *time.Timer   // calls the gate's again
}

// Where the machine is busy a turn takes some 100 ms, and that is no reason to be passed.
const (
	turnFor  = 500 * time.Millisecond
	patience = time.Second
)

func (l *waitingWrites) len() int { return l.list.Len() }

// begin is for the beginning of a hold: nobody waits.
func (l *waitingWrites) begin(o WriteHold) {
	l.of, l.turn, l.spare, l.credit, l.at = o, nil, patience, 1, 0
}

// push puts w at the end.
func (l *waitingWrites) push(w *waitingWrite) { w.place = l.list.PushBack(w) }

// remove takes w out.
func (l *waitingWrites) remove(w *waitingWrite) {
	l.list.Remove(w.place)
	l.bytes -= w.bytes
	w.place, w.bytes = nil, 0
}

// pop takes out the first and gives it its turn, if it is time for that with so many
// writes under way; wait is how long it is until then at the latest.
func (l *waitingWrites) pop(now time.Duration, inflight int64) (w *waitingWrite, wait time.Duration) {
	if l.turn != nil && now < l.turnBy {
		return nil, l.turnBy - now
	}
	if l.turn != nil {
		l.turn, l.spare = nil, l.spare-turnFor
	}
	if wait := l.window.full(inflight, now); wait > 0 {
		return nil, wait
	}
	if rate := float64(l.of.Rate); rate > 0 {
		if l.at > 0 {
			l.credit += rate * (now - l.at).Seconds()
		}
		if l.at = now; l.credit < 1 {
			return nil, max(time.Duration((1-l.credit)/rate*float64(time.Second)), time.Microsecond)
		}
		l.credit--
	}
	w = l.list.Front().Value.(*waitingWrite)
	l.remove(w)
	w.letAt = now
	if l.spare > 0 {
		l.turn, l.turnBy = w, now+turnFor
	}
	return w, 0
}

// refuse sends everyone away and says how many that are.
func (l *waitingWrites) refuse() (n int) {
	for e := l.list.Front(); e != nil; e = l.list.Front() {
		w := e.Value.(*waitingWrite)
		l.remove(w)
		w.turn <- false
		n++
	}
	return n
}

// join has w wait; false when there is no room for it. let says that it need not wait.
func (g *WriteGate) join(w *waitingWrite) (let, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &g.mu.line
	switch {
	case !g.shut.Load(): // that was opened meanwhile
		g.inflight.Add(1)
		return true, true
	case l.len() >= l.of.Requests:
		g.counts.Rejected.Add(1)
		return false, false
	}
	l.push(w)
	g.counts.Held.Add(1)
	if g.mu.hold == nil { // those before it are on their way: as many go as come
		l.credit++
		g.serve()
	}
	return false, true
}

// serve lets those go whose turn it is, and opens the gate when nobody waits.
func (g *WriteGate) serve() {
	l := &g.mu.line
	for g.mu.hold == nil {
		if l.len() == 0 && (l.turn == nil || sock.Now() >= l.turnBy) {
			l.turn = nil
			g.shut.Store(false)
			return
		}
		if l.len() == 0 { // or one that comes now would overtake the last
			g.later(l.turnBy - sock.Now())
			return
		}
		w, wait := l.pop(sock.Now(), g.inflight.Load())
		if w == nil {
			g.later(wait)
			return
		}
		g.inflight.Add(1)
		g.counts.Released.Add(1)
		w.turn <- true
	}
}

// later calls serve after that time.
func (g *WriteGate) later(wait time.Duration) {
	if l := &g.mu.line; l.again == nil {
		l.again = time.AfterFunc(wait, g.again)
	} else {
		l.again.Reset(wait)
	}
}

func (g *WriteGate) again() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut.Load() {
		g.serve()
	}
}

// sent says that the write has been sent to its endpoint, or will not be: the next one
// may go.
func (g *WriteGate) sent(w *waitingWrite) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mu.line.turn == w {
		g.mu.line.turn = nil
		g.serve()
	}
}

// ended says that the write, which was let go, is over: another one may have room.
func (g *WriteGate) ended(w *waitingWrite) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := sock.Now()
	took := now - w.letAt
	w.letAt = 0
	if l := &g.mu.line; g.mu.hold == nil && g.shut.Load() {
		l.window.ended(took, now)
		g.serve()
	}
}

// quit takes out one that waits; false when its turn has come before.
func (g *WriteGate) quit(w *waitingWrite) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.place == nil {
		return false
	}
	g.mu.line.remove(w)
	if g.shut.Load() {
		g.serve()
	}
	return true
}

// room takes n bytes for the body of one that waits, if there is room for them.
func (g *WriteGate) room(w *waitingWrite, n int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.place == nil || g.mu.line.bytes+n > g.mu.line.of.Bytes {
		return false
	}
	g.mu.line.bytes += n
	w.bytes += n
	return true
}

// waits says whether the write is still in the line.
func (g *WriteGate) waits(w *waitingWrite) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return w.place != nil
}
