package config

import (
	"fmt"
	"strings"
)

// StatusRange is the HTTP statuses From to To, both included.
type StatusRange struct {
	From, To int // 100..599, From <= To
}

// statusSet reads statuses from lo to hi: single ones and ranges, with commas
// between them, like example.
func statusSet(dst *[]StatusRange, lo, hi int, example string) func(value) {
	want := fmt.Sprintf("statuses from %d to %d, like %s", lo, hi, example)
	return like(shape{kind: statusRanges, span: within(float64(lo), float64(hi))}, one(dst, want, func(s string) ([]StatusRange, bool) {
		var set []StatusRange
		for part := range strings.SplitSeq(s, ",") {
			r, ok := parseStatusRange(strings.TrimSpace(part))
			if !ok || r.From < lo || r.To > hi {
				return nil, false
			}
			set = append(set, r)
		}
		return set, true
	}))
}

func parseStatusRange(s string) (StatusRange, bool) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	from, okFrom := parseInt(first)
	to, okTo := parseInt(last)
	return StatusRange{From: from, To: to}, okFrom && okTo && from <= to
}
