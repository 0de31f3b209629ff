package gate

import (
	"fmt"
	"math"
	"strconv"
)

// Bounds are what a number has to lie between, both included.
type Bounds struct {
	Min, Max *float64 // nil: no bound
}

func (b *Bounds) judge(n float64) Measurement {
	switch {
	case math.IsNaN(n):
		return Measurement{Result: Inconclusive, Why: "not a number (NaN)"}
	case b.Min != nil && n < *b.Min || b.Max != nil && n > *b.Max:
		return Measurement{Result: Failed, Why: fmt.Sprintf("%s, want %s", figure(n), b)}
	}
	return Measurement{Result: Passed, Why: fmt.Sprintf("%s, %s", figure(n), b)}
}

// String says what the bounds allow.
func (b *Bounds) String() string {
	switch {
	case b.Max == nil:
		return figure(*b.Min) + " or more"
	case b.Min == nil:
		return figure(*b.Max) + " or less"
	}
	return figure(*b.Min) + " to " + figure(*b.Max)
}

func figure(n float64) string { return strconv.FormatFloat(n, 'g', 6, 64) }
