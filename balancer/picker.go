package balancer

// picker is an algorithm over a fixed set of endpoints, the members of a tier.
// Requests call it from any goroutine; it never blocks and allocates nothing.
type picker interface {
	// pick returns a member that fits (fit.ok), or -1 where none does. Members that do
	// not fit are passed over without distorting the ratio of the others. turn counts
	// the group's picks.
	pick(f *fit, turn uint64) int32
}

// tier is the endpoints that are picked by one picker: all primaries, or all
// backups.
type tier struct {
	members []int32 // indices into the group's endpoints, ascending
	picker  picker  // nil without members
}

func (t *tier) pick(f *fit, turn uint64) int32 {
	if len(t.members) == 0 {
		return -1
	}
	f.warm = false
	if i := t.picker.pick(f, turn); i >= 0 {
		return i
	}
	f.warm = true // an endpoint in slow start may have had no luck, and is better than none
	return t.picker.pick(f, turn)
}

// any reports whether one of the members has a word that says so.
func (t *tier) any(seats []seat, is func(*Live) bool) bool {
	for _, i := range t.members {
		if is(seats[i].live) {
			return true
		}
	}
	return false
}

// reading is the endpoints that one reading of all words has found.
type reading struct{ primary, backup tier }

// pick returns the endpoint to take: a backup only where no primary fits.
func (r *reading) pick(f *fit, turn uint64) int32 {
	if i := r.primary.pick(f, turn); i >= 0 {
		return i
	}
	return r.backup.pick(f, turn)
}

func (r *reading) any(seats []seat, is func(*Live) bool) bool {
	return r.primary.any(seats, is) || r.backup.any(seats, is)
}

// full reports whether an endpoint would fit if it had room.
func (r *reading) full(f *fit) bool {
	f.warm = true
	for _, t := range []*tier{&r.primary, &r.backup} {
		for _, i := range t.members {
			if f.may(i) {
				return true
			}
		}
	}
	return false
}
