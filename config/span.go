package config

import (
	"math"
	"time"
)

// span is the numbers from lo to hi, without an end that is open.
type span struct {
	lo, hi         float64
	openLo, openHi bool
}

// within includes both ends, above not the lower one, between none.
func within(lo, hi float64) span  { return span{lo: lo, hi: hi} }
func above(lo, hi float64) span   { return span{lo: lo, hi: hi, openLo: true} }
func between(lo, hi float64) span { return span{lo: lo, hi: hi, openLo: true, openHi: true} }

func (s span) has(f float64) bool {
	return (s.lo < f || s.lo == f && !s.openLo) && (f < s.hi || f == s.hi && !s.openHi)
}

// atLeast is the durations from least on, in nanoseconds.
func atLeast(least time.Duration) span { return within(float64(least), math.Inf(1)) }
