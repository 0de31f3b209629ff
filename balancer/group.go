package balancer

import "sync/atomic"

// Endpoint is one address of a version.
type Endpoint struct {
	Address  string
	Weight   int   // share among the version's endpoints, 1 to 1000
	MaxConns int   // attempts in flight at once; 0: no bound
	Backup   bool  // picked only where no other endpoint of the version can be
	Live     *Live // never nil

	// Node is what consistent hashing and maglev know the endpoint by, so that it keeps
	// its keys under another address. "" is its address. Endpoints of one node share its
	// part of the ring, by their addresses.
	Node string

	// Route is what a request is bound to the endpoint by (Ask.Route). Several may
	// have the same; "" for nothing.
	Route string
}

func (e *Endpoint) node() string {
	if e.Node != "" {
		return e.Node
	}
	return e.Address
}

// Full is what a pick returns instead of an endpoint when those that could be
// picked have as many attempts in flight as they may.
const Full = -2

// Group picks among the endpoints of one version. Its endpoints are fixed; which of
// them are eligible is derived from their words by Rebuild. Requests pick and call
// HasUsable from any goroutine; Rebuild is for the control plane.
type Group struct {
	endpoints []Endpoint
	seats     []seat // of the endpoints
	balance   Balance
	bounded   bool
	counted   bool
	cursor    *Cursor
	placed    *placed            // nil where the algorithm goes by no key
	routes    map[string][]int32 // see routesOf
	eligible  atomic.Pointer[eligible]
}

// eligible is one reading of all words.
type eligible struct {
	usable reading
	open   reading // ejection ignored
}

// NewGroup returns a group over the endpoints. cursor carries the position of
// an earlier generation of the same version.
func NewGroup(endpoints []Endpoint, b Balance, cursor *Cursor) *Group {
	g := &Group{endpoints: endpoints, seats: seatsOf(endpoints), balance: b, cursor: cursor, routes: routesOf(endpoints)}
	for i := range endpoints {
		g.bounded = g.bounded || endpoints[i].MaxConns > 0
	}
	g.placed = placedFor(endpoints, b, cursor.placed.Load())
	cursor.placed.Store(g.placed)
	g.Rebuild()
	return g
}

// Endpoints returns the group's endpoints; the caller must not change them.
func (g *Group) Endpoints() []Endpoint { return g.endpoints }

// Rebuild reads every endpoint's word and makes the pickers from it. Without
// it an endpoint that came back is not picked; one that went is never picked,
// because Pick reads the word again.
func (g *Group) Rebuild() {
	g.eligible.Store(&eligible{usable: g.read((*Live).Usable), open: g.read((*Live).Open)})
}

func (g *Group) read(in func(*Live) bool) reading {
	return reading{primary: g.tier(in, false), backup: g.tier(in, true)}
}

// tier is the primaries or the backups whose word says so.
func (g *Group) tier(in func(*Live) bool, backup bool) tier {
	members := make([]int32, 0, len(g.endpoints))
	for i := range g.endpoints {
		if e := &g.endpoints[i]; e.Backup == backup && in(e.Live) {
			members = append(members, int32(i))
		}
	}
	if len(members) == 0 {
		return tier{}
	}
	return tier{members: members, picker: g.balance.picker(g.endpoints, members, g.placed.tier(backup), g.bounding())}
}

// Pick returns the index of the endpoint to take, or -1 if none is left, or Full.
// Endpoints that the request has tried are passed over, and so are full ones. With
// failOpen ejection is ignored.
func (g *Group) Pick(ask *Ask, failOpen bool) int {
	ask = ask.orAny()
	if i := g.bound(ask, failOpen); i >= 0 {
		return i
	}
	return g.pick(ask, failOpen, g.turn(ask))
}

// turn takes the next turn of a first attempt. Those that go by a key have their own,
// so that the others get the order of round robin whole.
func (g *Group) turn(ask *Ask) uint64 {
	if g.placed != nil && len(ask.Key) > 0 {
		return g.cursor.keyed.Add(1) - 1
	}
	return g.cursor.n.Add(1) - 1
}

// pickAgain is Pick for a retry. If retries took turns from first attempts, two
// endpoints of which one always fails would get all first attempts and all
// retries: the verdict would see nothing but failures.
func (g *Group) pickAgain(ask *Ask, failOpen bool) int {
	ask = ask.orAny()
	if i := g.bound(ask, failOpen); i >= 0 {
		return i
	}
	i := g.pick(ask, failOpen, g.cursor.retries.Load())
	if i == -1 && !failOpen {
		i = g.returned(ask)
	}
	if i >= 0 {
		g.cursor.retries.Add(1)
	}
	return i
}

// returned finds an endpoint that is usable by its word and not in the reading yet,
// or says Full. The rebuild may wait while the control plane writes to its disk, and
// the alternative to this look at all of them is an error.
func (g *Group) returned(ask *Ask) int {
	f := fit{g: g, ask: ask, warm: true}
	found := -1
	for i := range g.endpoints {
		switch {
		case !f.may(int32(i)):
		case !g.seats[i].hasRoom():
			found = Full
		case g.seats[i].live.claim(false):
			return i
		}
	}
	return found
}

// reading is what requests pick from; with failOpen ejection is ignored.
func (g *Group) reading(failOpen bool) *reading {
	e := g.eligible.Load()
	if failOpen {
		return &e.open
	}
	return &e.usable
}

// pick is Pick with the turn already taken.
func (g *Group) pick(ask *Ask, failOpen bool, turn uint64) int {
	r := g.reading(failOpen)
	f := &ask.fit
	*f = fit{g: g, ask: ask, failOpen: failOpen, chance: turn}
	for {
		i := r.pick(f, turn)
		if i < 0 {
			break
		}
		if g.seats[i].live.claim(failOpen) {
			return int(i)
		}
	}
	if g.bounded && r.full(f) {
		return Full
	}
	return -1
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

// Balance returns the group's algorithm.
func (g *Group) Balance() Balance { return g.balance }

// Load counts the attempts at the group's endpoints: whoever begins and ends one says
// so there. It is nil, which counts nothing, where neither the algorithm nor Count asks.
func (g *Group) Load() *Load {
	if g.counted {
		return &g.cursor.load
	}
	return g.bounding()
}

// Count has the attempts counted whatever the algorithm. It is for a group that nobody
// else sees yet.
func (g *Group) Count() { g.counted = true }

// bounding is the load that the algorithm bounds endpoints by; nil: it does not.
func (g *Group) bounding() *Load {
	if g.balance.BoundedLoad == 0 || !g.balance.Hashes() {
		return nil
	}
	return &g.cursor.load
}

// Bounded reports whether any endpoint bounds its attempts in flight.
func (g *Group) Bounded() bool { return g.bounded }

// HasUsable reports whether any endpoint can be picked without ignoring
// ejection.
func (g *Group) HasUsable() bool {
	return g.reading(false).any(g.seats, (*Live).Usable)
}

// HasOpen reports whether any endpoint can be picked when ejection is ignored.
func (g *Group) HasOpen() bool {
	return g.reading(true).any(g.seats, (*Live).Open)
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
