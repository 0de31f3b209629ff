package config

import (
	"math"
	"time"
)

// WriteHold has writes wait over the move that gives them to the candidate, until those
// under way have ended.
type WriteHold struct {
	Max         time.Duration // a hold ends by itself then: 1 ms or more. Default 5 s
	MaxRequests int           // writes that may wait, more are refused: 1..1000000. Default 1000
	MaxBytes    int64         // of bodies read meanwhile; what finds no room waits unread. Default 8 MiB
	Rate        int           // of those that waited, so many go on a second: 0..1000000. 0, the default, is one after the other
	OnExpiry    string        // what becomes of those that wait when it ends by itself: reject, which is the default, or release
}

// The values of WriteHold.OnExpiry.
const (
	Reject  = "reject"  // they get 503
	Release = "release" // they go where writes go then
)

// DefaultWriteHold is a hold of which the file says nothing.
func DefaultWriteHold() WriteHold {
	return WriteHold{Max: 5 * time.Second, MaxRequests: 1000, MaxBytes: 8 << 20, OnExpiry: Reject}
}

func writeHold(dst **WriteHold) func(value) {
	return func(v value) {
		h := DefaultWriteHold()
		v.object(fields{
			"max":          may(duration(&h.Max, time.Millisecond)),
			"max_requests": may(integer(&h.MaxRequests, 1, 1_000_000)),
			"max_bytes":    may(size(&h.MaxBytes, 0, math.MaxInt64)),
			"rate":         may(integer(&h.Rate, 0, 1_000_000)),
			"on_expiry":    may(choice(&h.OnExpiry, []string{Reject, Release})),
		})
		*dst = &h
	}
}

// checkWriteHold refuses it where no one move gives the writes to the candidate.
func (r *Rollout) checkWriteHold(at value) {
	if r.WriteHold == nil || at.key == nil {
		return
	}
	if why := r.NoWriteHold(r.Strategy); why != "" {
		at.failKey("%s", why)
	}
}

// NoWriteHold says why writes cannot be held in a rollout by that strategy; "" when they
// can.
func (r *Rollout) NoWriteHold(strategy string) string {
	switch {
	case strategy == "rolling":
		return "a rolling rollout gives writes to the candidate endpoint by endpoint, never in one move: want strategy: blue_green"
	case strategy == "canary" && !r.Writes.Pinned:
		return "in a canary rollout both versions get writes all the time: want writes: {pinned: true}, or strategy: blue_green"
	}
	return ""
}

func (h *WriteHold) document() map[string]any {
	return map[string]any{
		"max": h.Max.String(), "max_requests": h.MaxRequests, "max_bytes": sizeText(h.MaxBytes),
		"rate": h.Rate, "on_expiry": h.OnExpiry,
	}
}
