package balancer

// Ask is what a pick goes by besides the endpoints. The zero value, like a nil one,
// asks for any of them. It belongs to one request and is not safe for concurrent
// use.
type Ask struct {
	Tried Tried  // endpoints that the request was sent to: passed over
	Key   []byte // what hash, maglev and ip_hash go by; empty: as round robin
	Route []byte // of the endpoint that the request is bound to; empty: to none
}

func (a *Ask) hasTried(l *Live) bool { return a != nil && a.Tried.Has(l) }
