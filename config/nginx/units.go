package nginx

import (
	"math"
	"strconv"
	"strings"
	"time"
)

var timeUnits = []struct {
	name string
	unit time.Duration
}{
	{"y", 365 * 24 * time.Hour}, {"M", 30 * 24 * time.Hour}, {"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour},
	{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// parseTime reads a time as NGINX writes it: numbers with their units, the largest
// first, like "1h 30m"; a number without one, which may be the last only, is seconds.
func parseTime(s string) (time.Duration, bool) {
	total, last := time.Duration(0), -1
	for rest := s; ; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, false
		}
		rest = rest[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "yMwdhms"))
		name := rest[:letters]
		rest = strings.TrimLeft(rest[letters:], " ")
		if name == "" {
			name = "s"
			if rest != "" {
				return 0, false
			}
		}
		at := -1
		for i, u := range timeUnits {
			if u.name == name {
				at = i
			}
		}
		if at <= last || n > int64(math.MaxInt64/timeUnits[at].unit) {
			return 0, false
		}
		total, last = total+time.Duration(n)*timeUnits[at].unit, at
		if total < 0 {
			return 0, false
		}
		if rest == "" {
			return total, true
		}
	}
}

// parseSize reads a size as NGINX writes it: bytes, or with k, m or g behind them.
func parseSize(s string) (int64, bool) {
	unit := int64(1)
	if s != "" {
		switch s[len(s)-1] {
		case 'k', 'K':
			unit = 1 << 10
		case 'm', 'M':
			unit = 1 << 20
		case 'g', 'G':
			unit = 1 << 30
		}
	}
	if unit > 1 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/unit {
		return 0, false
	}
	return int64(n) * unit, true
}

// sizeText is n bytes as Weir's file has them.
func sizeText(n int64) string {
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}
