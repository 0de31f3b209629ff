package watch

import "sync"

// table holds who is told. A slot is used again, a turn of a slot is not: the
// kernel may still report a descriptor that was closed and opened anew meanwhile,
// and what it says then must not reach the next one.
type table struct {
	mu struct {
		sync.Mutex
		slots []entry
		free  []int32
	}
}

type entry struct {
	peer Peer // nil: nobody, or it has been told
	turn uint32
}

// join gives a slot to p.
func (t *table) join(p Peer) (slot int32, turn uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.mu.free); n > 0 {
		slot = t.mu.free[n-1]
		t.mu.free = t.mu.free[:n-1]
	} else {
		slot = int32(len(t.mu.slots))
		t.mu.slots = append(t.mu.slots, entry{})
	}
	e := &t.mu.slots[slot]
	e.peer = p
	return slot, e.turn
}

// leave frees the slot, unless that turn of it is over already.
func (t *table) leave(slot int32, turn uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := &t.mu.slots[slot]
	if e.turn != turn {
		return
	}
	e.peer = nil
	e.turn++
	t.mu.free = append(t.mu.free, slot)
}

// tell returns who is to be told, nil when nobody is, or is any more.
func (t *table) tell(slot int32, turn uint32) Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := &t.mu.slots[slot]
	if e.turn != turn {
		return nil
	}
	p := e.peer
	e.peer = nil
	return p
}
