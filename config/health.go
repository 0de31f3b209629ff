package config

import "time"

// Health says how an upstream's endpoints are watched.
type Health struct {
	Active  *ActiveCheck // nil: no active checks
	Passive Passive

	// SlowStart is how long the share of an endpoint grows that has come back, or is new
	// and has passed its checks; of endpoints that say nothing of their own. 0 is not at
	// all, the default.
	SlowStart time.Duration
}

func (h *Health) read(v value) {
	v.object(fields{
		"active":     may(active(&h.Active)),
		"passive":    may(h.Passive.read),
		"slow_start": may(duration(&h.SlowStart, 0)),
	})
}
