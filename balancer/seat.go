package balancer

// seat is what a pick reads of an endpoint, four to a cache line: of many endpoints
// hardly one is in the cache.
type seat struct {
	live   *Live
	weight uint32
	most   uint32 // attempts in flight at once; 0: no bound
}

func seatsOf(endpoints []Endpoint) []seat {
	seats := make([]seat, len(endpoints))
	for i, e := range endpoints {
		seats[i] = seat{live: e.Live, weight: uint32(e.Weight), most: uint32(e.MaxConns)}
	}
	return seats
}

// hasRoom reports whether another attempt may begin. Only Take makes sure.
func (s *seat) hasRoom() bool {
	return s.most == 0 || s.live.Inflight() < int64(s.most)
}
