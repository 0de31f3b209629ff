package balancer

import (
	"math/bits"
	"sync/atomic"
)

// Endpoint is one address of a version.
type Endpoint struct {
	Address  string
	Weight   int   // share among the version's endpoints, 1 to 1000
	MaxConns int   // attempts in flight at once; 0: no bound
	Live     *Live // never nil
}

// hasRoom reports whether another attempt may begin. Only Take makes sure.
func (e *Endpoint) hasRoom() bool {
	return e.MaxConns == 0 || e.Live.Inflight() < int64(e.MaxConns)
}

// Full is what a pick returns instead of an endpoint when those that could be
// picked have as many attempts in flight as they may.
const Full = -2

// Group picks among the endpoints of one version by weighted round robin. Its
// endpoints are fixed; which of them are eligible is derived from their words
// by Rebuild. Requests pick and call HasUsable from any goroutine; Rebuild is for
// the control plane.
type Group struct {
	endpoints []Endpoint
	cursor    *Cursor
	eligible  atomic.Pointer[eligible]
}

// eligible is one reading of all words.
type eligible struct {
	usable schedule
	open   schedule // ejection ignored
}

// NewGroup returns a group over the endpoints. cursor carries the position of
// an earlier generation of the same version.
func NewGroup(endpoints []Endpoint, cursor *Cursor) *Group {
	g := &Group{endpoints: endpoints, cursor: cursor}
	g.Rebuild()
	return g
}

// Endpoints returns the group's endpoints; the caller must not change them.
func (g *Group) Endpoints() []Endpoint { return g.endpoints }

// Rebuild reads every endpoint's word and takes the schedule from it. Without
// it an endpoint that came back is not picked; one that went is never picked,
// because Pick reads the word again.
func (g *Group) Rebuild() {
	g.eligible.Store(&eligible{
		usable: g.schedule((*Live).Usable),
		open:   g.schedule((*Live).Open),
	})
}

func (g *Group) schedule(in func(*Live) bool) schedule {
	members := make([]int32, 0, len(g.endpoints))
	for i := range g.endpoints {
		if in(g.endpoints[i].Live) {
			members = append(members, int32(i))
		}
	}
	return newSchedule(members, func(m int32) int { return g.endpoints[m].Weight })
}

// Pick returns the index of the endpoint whose turn it is, or -1 if none is
// left, or Full. Endpoints in tried (nil: none) are passed over, and so are full
// ones. With failOpen ejection is ignored.
func (g *Group) Pick(tried *Tried, failOpen bool) int {
	return g.pick(tried, failOpen, g.turn())
}

// turn takes the next turn of a first attempt.
func (g *Group) turn() uint64 { return g.cursor.n.Add(1) - 1 }

// pickAgain is Pick for a retry. If retries took turns from first attempts, two
// endpoints of which one always fails would get all first attempts and all
// retries: the verdict would see nothing but failures.
func (g *Group) pickAgain(tried *Tried, failOpen bool) int {
	i := g.pick(tried, failOpen, g.cursor.retries.Load())
	if i == -1 && !failOpen {
		i = g.returned(tried)
	}
	if i >= 0 {
		g.cursor.retries.Add(1)
	}
	return i
}

// returned finds an endpoint that is usable by its word and not in the schedule yet,
// or says Full. The rebuild may wait while the control plane writes to its disk, and
// the alternative to this look at all of them is an error.
func (g *Group) returned(tried *Tried) int {
	found := -1
	for i := range g.endpoints {
		if !g.may(int32(i), tried, (*Live).Usable) {
			continue
		}
		if g.endpoints[i].hasRoom() {
			return i
		}
		found = Full
	}
	return found
}

// pick is Pick with the turn already taken.
func (g *Group) pick(tried *Tried, failOpen bool, turn uint64) int {
	e := g.eligible.Load()
	s, may := &e.usable, (*Live).Usable
	if failOpen {
		s, may = &e.open, (*Live).Open
	}
	if len(s.members) == 0 {
		return -1
	}
	order := s.walk()
	at := s.at(turn)
	// The slot itself nearly always serves. Its neighbours follow the smooth
	// order, so that a hole just made spreads over the others by weight.
	for range min(len(order), len(s.members)) {
		if i := order[at]; g.may(i, tried, may) {
			if g.endpoints[i].hasRoom() {
				return int(i)
			}
			return g.elsewhere(s, tried, may, turn)
		}
		if at++; at == len(order) {
			at = 0
		}
	}
	// A smooth cycle repeats heavy members: the neighbours may have missed one.
	for _, i := range s.members {
		if g.may(i, tried, may) {
			if g.endpoints[i].hasRoom() {
				return int(i)
			}
			return g.elsewhere(s, tried, may, turn)
		}
	}
	return -1
}

// elsewhere picks for a turn whose endpoint is full: by weight among those that have
// room. The neighbour would take all that a slow endpoint cannot, and be the next to
// slow down. Draws find one nearly always; a look at all of them is for the rest.
func (g *Group) elsewhere(s *schedule, tried *Tried, may func(*Live) bool, turn uint64) int {
	const draws = 8
	for range draws {
		turn = mix(turn)
		if i := s.walk()[s.at(turn)]; g.may(i, tried, may) && g.endpoints[i].hasRoom() {
			return int(i)
		}
	}
	total := uint64(0)
	for _, i := range s.members {
		if g.may(i, tried, may) && g.endpoints[i].hasRoom() {
			total += uint64(g.endpoints[i].Weight)
		}
	}
	rest, _ := bits.Mul64(mix(turn), total)
	for _, i := range s.members {
		if !g.may(i, tried, may) || !g.endpoints[i].hasRoom() {
			continue
		}
		if w := uint64(g.endpoints[i].Weight); rest >= w {
			rest -= w
			continue
		}
		return int(i)
	}
	return Full // also when the last one has filled up between the two looks
}

// mix scatters the bits of a number (the finalizer of SplitMix64), so that turns
// next to each other are far apart.
func mix(n uint64) uint64 {
	n += golden
	n = (n ^ n>>30) * 0xBF58476D1CE4E5B9
	n = (n ^ n>>27) * 0x94D049BB133111EB
	return n ^ n>>31
}

// Take begins an attempt at the endpoint of that index, unless it is full by now.
func (g *Group) Take(endpoint int) bool {
	e := &g.endpoints[endpoint]
	if e.MaxConns == 0 {
		e.Live.Begin()
		return true
	}
	return e.Live.TryBegin(e.MaxConns)
}

// Bounded reports whether any endpoint bounds its attempts in flight.
func (g *Group) Bounded() bool {
	for i := range g.endpoints {
		if g.endpoints[i].MaxConns > 0 {
			return true
		}
	}
	return false
}

func (g *Group) may(i int32, tried *Tried, may func(*Live) bool) bool {
	l := g.endpoints[i].Live
	return may(l) && !tried.Has(l)
}

// HasUsable reports whether any endpoint can be picked without ignoring
// ejection.
func (g *Group) HasUsable() bool {
	for _, i := range g.eligible.Load().usable.members {
		if g.endpoints[i].Live.Usable() {
			return true
		}
	}
	return false
}

// HasOpen reports whether any endpoint can be picked when ejection is ignored.
func (g *Group) HasOpen() bool {
	for _, i := range g.eligible.Load().open.members {
		if g.endpoints[i].Live.Open() {
			return true
		}
	}
	return false
}

// Usable counts the usable endpoints by reading every word: for the control
// plane, not for requests.
func (g *Group) Usable() int {
	n := 0
	for i := range g.endpoints {
		if g.endpoints[i].Live.Usable() {
			n++
		}
	}
	return n
}
