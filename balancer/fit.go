package balancer

import "math"

// fit says which endpoints of a group one pick may take. Pickers may change what is
// theirs in it: chance, and most and other for as long as they look.
type fit struct {
	g        *Group
	ask      *Ask
	chance   uint64  // what slow start draws by: the turn, or the hash of a key
	most     float64 // in flight for each unit of weight; 0: no bound
	other    int32   // wanted is another than this endpoint, counted from 1; 0: any
	failOpen bool    // ejection is ignored
	warm     bool    // slow start is ignored: the others have nobody left
}

// at is one of the group's endpoints.
func (f *fit) at(i int32) *seat { return &f.g.seats[i] }

// ok reports whether the endpoint may be taken, and has room.
func (f *fit) ok(i int32) bool { return f.may(i) && i != f.other-1 && f.hasRoom(i) }

// hasRoom is the part of ok that may change with each attempt.
func (f *fit) hasRoom(i int32) bool {
	return f.at(i).hasRoom() && (f.most == 0 || f.hasLittle(i))
}

// hasLittle holds an endpoint to its part of the load, rounded up; what is above a
// whole number only by the rounding of the product is that number.
func (f *fit) hasLittle(i int32) bool {
	s := f.at(i)
	return float64(s.live.Inflight()) < math.Ceil(f.most*float64(s.weight)-1e-9)
}

// may reports whether the endpoint may be taken if it has room.
func (f *fit) may(i int32) bool {
	l := f.at(i).live
	w := l.word.Load()
	if w != 0 && !f.admits(w, i) {
		return false
	}
	return !f.ask.Tried.Has(l)
}

// starts reports whether the endpoint is in slow start.
func (f *fit) starts(i int32) bool { return f.at(i).live.word.Load()&shareMask != 0 }

// admits is what may says of a word that is not simply up.
func (f *fit) admits(w uint32, i int32) bool {
	if f.failOpen {
		w &^= ejectedBit
	}
	if w&blockedMask != 0 {
		return false
	}
	share := w >> shareShift
	// By endpoint, as one draw for all would send what two refuse to the third; and by
	// the same chance each time, so that a key moves at most once while a share grows.
	return share == 0 || f.warm || uint32(mix(f.chance^uint64(i)*golden)>>56) < share
}
