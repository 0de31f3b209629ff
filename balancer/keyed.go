package balancer

import (
	"fmt"
	"math"

	"weir/balancer/murmur"
)

// Keys say how a split finds the version of a request that has a key (Ask.Sticky):
// semantics §1.3 and §1.4. The position of a key is the murmur3 of salt and key.
type Keys struct {
	Salt   string // of the layout: the upstream's name
	Layout Layout // settled: as it was before Move began
	Move   *Move  // nil: no rollout runs
}

// Move is a rollout between two versions of a split. It has a hash of its own, and
// with that every rollout other first users: those below the candidate's share come
// to it. So a share that grows only brings keys in, one that shrinks only sends them
// back, and nobody else's keys are touched.
type Move struct {
	Salt     string // the rollout's id
	From, To string
}

// keyed is Keys made ready for a split.
type keyed struct {
	settled  murmur.Hash // fed with the salt
	slots    []slot
	moving   murmur.Hash
	from, to int // versions of the move; -1: none
	// Positions of the move's hash: a key that settled in To stays there below stay, one
	// that settled in From comes to To below come.
	stay, come uint64
}

// slot is a range of the layout: the positions from the slot before up to end.
type slot struct {
	end     uint64 // exclusive
	version int
}

// Keyed returns the split with keys. It is an error if the layout is not Whole, or a
// version of the move is none of the split's.
func (s *Split) Keyed(k Keys) (*Split, error) {
	if !k.Layout.Whole() {
		return nil, fmt.Errorf("the layout of keys has not all positions: %v", k.Layout)
	}
	out := &keyed{settled: murmur.Hash{}.Add([]byte(k.Salt)), from: -1, to: -1}
	end := uint64(0)
	for _, r := range k.Layout {
		end += r.Size
		out.slots = append(out.slots, slot{end: end, version: s.home(r.Version, k.Move)})
	}
	if m := k.Move; m != nil {
		if out.from, out.to = s.named(m.From), s.named(m.To); out.from < 0 || out.to < 0 || out.from == out.to {
			return nil, fmt.Errorf("keys move from %s to %s: want two of the split's versions", m.From, m.To)
		}
		out.moving = murmur.Hash{}.Add([]byte(m.Salt))
		out.move(k.Layout.sizes(), m, s.shares[out.from].Weight, s.shares[out.to].Weight)
	}
	next := *s
	next.keyed = out
	return &next, nil
}

// home is the version that a range's keys are in: stable where the layout is not of this
// split, and gives some to a version that has gone or has no weight.
func (s *Split) home(version string, m *Move) int {
	v := s.named(version)
	if v < 0 || s.shares[v].Weight == 0 && (m == nil || version != m.From && version != m.To) {
		return s.stable
	}
	return v
}

// HasKeys reports whether the split goes by keys, where there are some.
func (s *Split) HasKeys() bool { return s.keyed != nil }

// move finds how much of what settled in To stays and of what settled in From comes,
// for To to have its share: nearly always it had nothing before, and then all of its
// share comes.
func (k *keyed) move(settled map[string]uint64, m *Move, from, to float64) {
	k.stay = positions
	if from+to == 0 {
		return
	}
	share, had := to/(from+to), 0.0
	if both := settled[m.From] + settled[m.To]; both > 0 {
		had = float64(settled[m.To]) / float64(both)
	}
	// A key's bucket of the whole is below to's weight when its position is below this.
	part := func(f float64) uint64 { return uint64(math.Ceil(min(f, 1) * positions)) }
	switch {
	case share < had:
		k.stay = part(share / had)
	case had < 1:
		k.come = part((share - had) / (1 - had))
	}
}

// place returns the version of a key: as a span with a position in it, which spreads
// the version's keys over others when it has to.
func (k *keyed) place(key []byte) (own span, pos uint64) {
	at := k.settled.Add(key).Sum()
	i := 0
	for uint64(at) >= k.slots[i].end {
		i++
	}
	v := k.slots[i].version
	switch {
	case v == k.to && k.stay < positions:
		if uint64(k.moving.Add(key).Sum()) >= k.stay {
			v = k.from
		}
	case v == k.from && k.come > 0:
		if uint64(k.moving.Add(key).Sum()) < k.come {
			v = k.to
		}
	}
	const spread = golden >> 32
	return span{last: math.MaxUint32, version: v}, uint64(at * spread)
}
