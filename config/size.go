package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// units are those of sizes, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

var wholeSize = regexp.MustCompile(`^(0|[1-9][0-9]*)(B|KiB|MiB|GiB)?$`)

// parseSize returns a number of bytes; false for any other text, and for more than
// fits.
func parseSize(s string) (int64, bool) {
	m := wholeSize.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, false
	}
	for _, u := range units {
		if u.name == m[2] {
			return n * u.bytes, n <= math.MaxInt64/u.bytes
		}
	}
	return n, true // without a unit: bytes
}

// size reads a number of bytes from lo to hi.
func size(dst *int64, lo, hi int64) func(value) {
	want := fmt.Sprintf("a size from %s to %s, like 64KiB", sizeText(lo), sizeText(hi))
	if hi == math.MaxInt64 {
		want = fmt.Sprintf("a size of %s or more, like 64KiB or 10MiB", sizeText(lo))
	}
	return like(shape{kind: sizes, span: within(float64(lo), float64(hi))}, one(dst, want, func(s string) (int64, bool) {
		n, ok := parseSize(s)
		return n, ok && lo <= n && n <= hi
	}))
}

// sizeText is n in the largest unit that has no fraction.
func sizeText(n int64) string {
	for _, u := range units {
		if n >= u.bytes && n%u.bytes == 0 && u.bytes > 1 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}
