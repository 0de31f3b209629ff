package balancer

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// maglev is the table of Eisenbud et al., Maglev: A Fast and Reliable Software Network
// Load Balancer, §3.4: endpoints take turns to take the next free slot of their own
// permutation of all slots. Each has its share to about a hundredth, and when the set
// changes few keys move between those that stay.
type maglev []int32

// maglevSizes are how many slots there are, primes: the first of which an endpoint has
// 64 or more, so that shares are even.
var maglevSizes = [...]int{65537, 655373, 6553621}

func maglevSize(endpoints int) int {
	for _, size := range maglevSizes {
		if size >= 64*endpoints {
			return size
		}
	}
	return maglevSizes[len(maglevSizes)-1]
}

func newMaglev(endpoints []Endpoint, members []int32) maglev {
	size := uint64(maglevSize(len(members)))
	table := make(maglev, size)
	for slot := range table {
		table[slot] = -1
	}
	type turn struct{ next, skip, taken, weight uint64 }
	turns := make([]turn, len(members))
	heaviest := uint64(0)
	several := severalOf(endpoints)
	for i, m := range members {
		h := xxhash.Sum64String(endpoints[m].node())
		if several[endpoints[m].node()] {
			// Its own permutation. With one for all of a node, which slots it has would depend
			// on their order, and making the table would take as many times longer.
			h = mix(h ^ xxhash.Sum64String(endpoints[m].Address))
		}
		w := uint64(endpoints[m].Weight)
		turns[i] = turn{next: h % size, skip: mix(h)%(size-1) + 1, weight: w}
		heaviest = max(heaviest, w)
	}
	free := size
	for round := uint64(1); ; round++ {
		for i, m := range members {
			t := &turns[i]
			if (t.taken+1)*heaviest > round*t.weight {
				continue // a lighter one sits out rounds
			}
			for table[t.next] >= 0 {
				t.next = (t.next + t.skip) % size
			}
			table[t.next] = m
			t.taken++
			if free--; free == 0 {
				return table
			}
		}
	}
}

func (m maglev) place(f *fit) int32 {
	h := xxhash.Sum64(f.ask.Key)
	f.chance = h
	for range f.ask.looks() {
		slot, _ := bits.Mul64(h, uint64(len(m)))
		if i := m[slot]; f.ok(i) {
			return i
		}
		h = mix(h) // its keys go to the others by their shares, not to one of them
	}
	return -1
}
