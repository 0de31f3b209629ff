package balancer

import "time"

// Ask is what a pick goes by besides the endpoints. The zero value, like a nil one,
// asks for any of them. It belongs to one request and is not safe for concurrent
// use.
type Ask struct {
	Tried Tried         // endpoints that the request was sent to: passed over
	Key   []byte        // what hash, maglev and ip_hash go by; empty: as round robin
	Route []byte        // of the endpoint that the request is bound to; empty: to none
	Now   time.Duration // since the process began: how old what least_time and peak_ewma know is
}

func (a *Ask) hasTried(l *Live) bool { return a != nil && a.Tried.Has(l) }

func (a *Ask) now() time.Duration {
	if a == nil {
		return 0
	}
	return a.Now
}
