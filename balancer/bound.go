package balancer

// routesOf is the endpoints that each route names, in their order: those of one name
// that has several addresses share a route. Nil where no endpoint has one.
func routesOf(endpoints []Endpoint) map[string][]int32 {
	var routes map[string][]int32
	for i := range endpoints {
		if r := endpoints[i].Route; r != "" {
			if routes == nil {
				routes = make(map[string][]int32, len(endpoints))
			}
			routes[r] = append(routes[r], int32(i))
		}
	}
	return routes
}

// HasRoute reports whether an endpoint of the group has that route.
func (g *Group) HasRoute(route []byte) bool { return len(g.routes[string(route)]) > 0 }

// bound returns the endpoint that the request is bound to, where it can be had, or
// -1: then it is one among others. It takes no turn from those: if requests that are
// bound moved the sequence, two of a kind taking turns could send all the others to
// one endpoint.
func (g *Group) bound(ask *Ask, failOpen bool) int {
	if len(ask.Route) == 0 {
		return -1
	}
	f := fit{g: g, ask: ask, failOpen: failOpen, warm: true}
	for _, i := range g.routes[string(ask.Route)] {
		if !f.keeps(i) || g.endpoints[i].Backup && g.primaryFits(&f) {
			continue
		}
		if g.seats[i].live.claim(failOpen) {
			return int(i)
		}
	}
	return -1
}

// keeps is ok for an endpoint that the request is bound to: one that drains takes
// nothing new, and serves those that it has.
func (f *fit) keeps(i int32) bool {
	l := f.at(i).live
	w := l.word.Load()
	if w&adminMask == uint32(Drain) {
		w &^= adminMask
	}
	return (w == 0 || f.admits(w, i)) && !f.ask.Tried.Has(l) && f.hasRoom(i)
}

// primaryFits reports whether a backup, also one that a request is bound to, is not
// needed any more.
func (g *Group) primaryFits(f *fit) bool {
	for _, i := range g.reading(f.failOpen).primary.members {
		if f.ok(i) {
			return true
		}
	}
	return false
}
