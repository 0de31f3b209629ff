package balancer

// placement is where a hashing algorithm puts keys. It is over all endpoints of a
// tier and immutable.
type placement interface {
	// place returns an endpoint that fits for the key of f.ask, which is not empty; -1
	// when it has looked at misses of them in vain.
	place(f *fit) int32
}

// misses is how often NGINX looks for another endpoint before it goes by round robin.
const misses = 20

// looks is how often a placement may look that begins anew with each attempt, where
// NGINX goes on behind the endpoint that it has tried.
func (a *Ask) looks() int { return 1 + misses + a.Tried.n }

// hashed is the algorithms that go by a key.
type hashed struct {
	to        placement
	otherwise schedule // for requests without a key, and where its endpoints do not fit

	load  *Load   // nil: no bound
	share float64 // of the load, with the slack, that one unit of weight may have
}

func (h *hashed) pick(f *fit, turn uint64) int32 {
	if h.load != nil {
		f.most = h.share * float64(h.load.Inflight()+1)
		i := h.find(f, turn)
		f.most = 0
		if i >= 0 {
			return i
		}
		// Those that have less do not fit: rather too many at one than none.
	}
	return h.find(f, turn)
}

func (h *hashed) find(f *fit, turn uint64) int32 {
	if len(f.ask.Key) > 0 {
		if i := h.to.place(f); i >= 0 {
			return i
		}
	}
	return h.otherwise.pick(f, turn)
}
