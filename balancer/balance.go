package balancer

// Algorithm is how the endpoints of a version take turns. The zero value is
// RoundRobin. All of them go by weights, except First.
type Algorithm int

// The algorithms. Those from Hash on put keys on endpoints (Ask.Key); a request
// without a key goes as by RoundRobin there.
const (
	RoundRobin Algorithm = iota // NGINX's smooth weighted round robin
	LeastConn                   // fewest attempts in flight
	Random
	RandomTwo // the better one of two drawn at random
	LeastTime // least mean time to answer, times attempts in flight
	PeakEWMA  // the better one of two, by a mean time that follows peaks at once
	First     // the first that has room
	Hash      // NGINX's hash of a key
	IPHash    // NGINX's hash of an address, of 3 bytes (the network of an IPv4 address) or 16
	Maglev    // a large table in which each endpoint has its share
)

// Balance is an algorithm with what it may be told. The zero value is round robin.
type Balance struct {
	Algorithm   Algorithm
	Consistent  bool    // of Hash: NGINX's ring of 160 points for each unit of weight
	BoundedLoad float64 // of Hash and Maglev: no endpoint above so many times the mean in flight, more than 1; 0: no bound
	ByTime      bool    // of RandomTwo: compares as LeastTime, not as LeastConn
	LastByte    bool    // of what compares as LeastTime: the whole answer, not only its head
	Inflight    bool    // of what compares as LeastTime: the time that attempts have waited by now counts, too
}

// Hashes reports whether the algorithm goes by Ask.Key.
func (b Balance) Hashes() bool { return b.Algorithm >= Hash }

func (b Balance) byTime() bool {
	return b.Algorithm == LeastTime || b.Algorithm == RandomTwo && b.ByTime
}

// placement returns where a hashing algorithm puts keys, nil for others. It covers
// also the endpoints that cannot be picked at the moment: while one is out only its
// own keys go elsewhere.
func (b Balance) placement(endpoints []Endpoint, members []int32) placement {
	if len(members) == 0 {
		return nil
	}
	switch {
	case b.Algorithm == Maglev:
		return newMaglev(endpoints, members)
	case b.Algorithm == IPHash:
		return &addressHash{newRanges(endpoints, members)}
	case b.Algorithm == Hash && b.Consistent:
		return newRing(endpoints, members)
	case b.Algorithm == Hash:
		return &keyHash{newRanges(endpoints, members)}
	}
	return nil
}

// picker returns the algorithm over those endpoints that one reading has found, at
// least one. to is the placement over all of the tier.
func (b Balance) picker(endpoints []Endpoint, members []int32, to placement, load *Load) picker {
	by := b.measure()
	switch b.Algorithm {
	case LeastConn, LeastTime:
		if len(members) > exact {
			return &drawing{from: newRanges(endpoints, members), by: by, draws: 4}
		}
		return &least{order: newSchedule(endpoints, members), by: by}
	case Random:
		return &drawing{from: newRanges(endpoints, members), draws: 1}
	case RandomTwo, PeakEWMA:
		return &drawing{from: newRanges(endpoints, members), by: by, draws: 2}
	case First:
		return inOrder(members)
	case Hash, IPHash, Maglev:
		h := &hashed{to: to, otherwise: newSchedule(endpoints, members)}
		if load != nil {
			h.load, h.share = load, b.BoundedLoad/float64(totalWeight(endpoints, members))
		}
		return h
	}
	s := newSchedule(endpoints, members)
	return &s
}

func totalWeight(endpoints []Endpoint, members []int32) (sum uint64) {
	for _, m := range members {
		sum += uint64(endpoints[m].Weight)
	}
	return sum
}
