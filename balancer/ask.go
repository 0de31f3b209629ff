package balancer

import "time"

// Ask is what a pick goes by besides the endpoints. The zero value, like a nil one,
// asks for any of them; nil costs an allocation. It belongs to one request and is not
// safe for concurrent use.
type Ask struct {
	Tried Tried         // endpoints that the request was sent to: passed over
	Key   []byte        // what hash, maglev and ip_hash go by; empty: as round robin
	Route []byte        // of the endpoint that the request is bound to; empty: to none
	Now   time.Duration // since the process began: how old what least_time and peak_ewma know is

	// Pinned is the version that the request is for, whatever the split says of that: its
	// weight and its trip are for others. "" leaves the choice to the split.
	Pinned string

	// Sticky is the key of the user where the split is Keyed: requests that have the same
	// go to the same version. Empty: by turn.
	Sticky []byte

	// Write is a request that changes something, where the split PinsWrites: it goes where
	// writes go or nowhere. Wrote is one of somebody who has written a moment ago: it goes
	// there, too, as long as that can be had. A request that is Pinned is neither.
	Write, Wrote bool

	fit fit // of the pick under way: here, as what goes through an interface would be allocated
}

func (a *Ask) isPinned() bool { return a != nil && a.Pinned != "" }

func (a *Ask) isSticky() bool { return a != nil && len(a.Sticky) > 0 }

func (a *Ask) orAny() *Ask {
	if a == nil {
		return &Ask{}
	}
	return a
}
