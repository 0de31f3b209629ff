package balancer

import "math/bits"

// pick takes the endpoint whose turn it is.
func (s *schedule) pick(f *fit, turn uint64) int32 {
	order := s.walk()
	at := s.at(turn)
	switch i := order[at]; {
	case f.may(i): // nearly always
		return s.orElsewhere(i, f, turn)
	case f.starts(i):
		return drawn(s, s.members, f, turn) // the neighbour would take all that it cannot yet
	case len(s.members) <= exact:
		return s.instead(f, turn)
	}
	// Of many each neighbour has few turns to leave to the next one.
	for range min(len(order), len(s.members)) - 1 {
		if at++; at == len(order) {
			at = 0
		}
		if i := order[at]; f.may(i) {
			return s.orElsewhere(i, f, turn)
		}
	}
	// A smooth cycle repeats heavy members: the neighbours may have missed one.
	for _, i := range s.members {
		if f.may(i) {
			return s.orElsewhere(i, f, turn)
		}
	}
	return -1
}

// instead is for the turn of an endpoint that cannot be picked, because it has failed
// since the last reading or the request has tried it: the turn falls to the others by
// their weights. Such turns are counted for themselves, as they come at steps of their
// own among all turns, at which no sequence over those need be even.
func (s *schedule) instead(f *fit, turn uint64) int32 {
	total := uint64(0)
	for _, i := range s.members {
		if f.may(i) {
			total += uint64(f.at(i).weight)
		}
	}
	if total == 0 {
		return -1
	}
	rest, _ := bits.Mul64((f.g.cursor.gaps.Add(1)-1)*golden, total)
	for _, i := range s.members {
		if !f.may(i) {
			continue
		}
		if w := uint64(f.at(i).weight); rest >= w {
			rest -= w
			continue
		}
		return s.orElsewhere(i, f, turn)
	}
	return -1 // the last one has gone between the two looks
}

// orElsewhere is for a turn whose endpoint may be full: then by weight among those
// that have room. The neighbour would take all that a slow endpoint cannot, and be
// the next to slow down.
func (s *schedule) orElsewhere(i int32, f *fit, turn uint64) int32 {
	if f.hasRoom(i) {
		return i
	}
	return drawn(s, s.members, f, turn)
}

// drawer is what a weighted draw is made from.
type drawer interface {
	// draw returns a member by its weight, whether it fits or not.
	draw(n uint64) int32
}

// draw is the endpoint of a turn.
func (s *schedule) draw(n uint64) int32 { return s.walk()[s.at(n)] }

// drawn picks by weight among the members that fit: by draws, which find one nearly
// always, and by a look at all of them for the rest; -1 where none fits.
func drawn[D drawer](from D, members []int32, f *fit, turn uint64) int32 {
	const draws = 8
	for range draws {
		turn = mix(turn)
		if i := from.draw(turn); f.ok(i) {
			return i
		}
	}
	total := uint64(0)
	for _, i := range members {
		if f.ok(i) {
			total += uint64(f.at(i).weight)
		}
	}
	rest, _ := bits.Mul64(mix(turn), total)
	for _, i := range members {
		if !f.ok(i) {
			continue
		}
		if w := uint64(f.at(i).weight); rest >= w {
			rest -= w
			continue
		}
		return i
	}
	return -1 // also when the last one has filled up between the two looks
}

// mix scatters the bits of a number (the finalizer of SplitMix64), so that turns
// next to each other are far apart.
func mix(n uint64) uint64 {
	n += golden
	n = (n ^ n>>30) * 0xBF58476D1CE4E5B9
	n = (n ^ n>>27) * 0x94D049BB133111EB
	return n ^ n>>31
}
