package balancer

// fit says which endpoints of a group one pick may take. Pickers get it by value:
// a pointer through an interface would be an allocation for each pick.
type fit struct {
	endpoints []Endpoint
	ask       *Ask   // nil: any
	failOpen  bool   // ejection is ignored
	warm      bool   // slow start is ignored: the others have nobody left
	chance    uint64 // what slow start draws by: the turn, or the hash of a key
}

// ok reports whether the endpoint may be taken, and has room.
func (f *fit) ok(i int32) bool { return f.may(i) && f.endpoints[i].hasRoom() }

// may reports whether the endpoint may be taken if it has room.
func (f *fit) may(i int32) bool {
	l := f.endpoints[i].Live
	w := l.word.Load()
	if w != 0 && !f.admits(w, i) {
		return false
	}
	return !f.ask.hasTried(l)
}

// starts reports whether the endpoint is in slow start.
func (f *fit) starts(i int32) bool { return f.endpoints[i].Live.word.Load()&shareMask != 0 }

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
