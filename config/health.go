package config

import (
	"net/url"
	"strings"
	"time"
)

// Health says how an upstream's endpoints are watched.
type Health struct {
	Active  *ActiveCheck // nil: no active checks
	Passive Passive

	// SlowStart is how long the share of an endpoint grows that has come back, or is new
	// and has passed its checks; of endpoints that say nothing of their own. 0 is not at
	// all, the default.
	SlowStart time.Duration
}

// ActiveCheck is an HTTP GET sent to every endpoint again and again.
type ActiveCheck struct {
	Path     string        // target of the request, begins with "/"; no default
	Interval time.Duration // between two checks of an endpoint: 10 ms or more. Default 2 s
	Timeout  time.Duration // for the whole check: 1 ms or more. Default 1 s
	Rise     int           // passes in a row before an endpoint is up: 1..100. Default 2
	Fall     int           // failures in a row before it is down: 1..100. Default 3
	Status   []StatusRange // statuses that pass. Default 200-399
}

func (h *Health) read(v value) {
	v.object(fields{
		"active":     may(active(&h.Active)),
		"passive":    may(h.Passive.read),
		"slow_start": may(duration(&h.SlowStart, 0)),
	})
}

// active reads the active check; writing the block is what turns it on.
func active(dst **ActiveCheck) func(value) {
	return func(v value) {
		a := &ActiveCheck{
			Interval: 2 * time.Second,
			Timeout:  time.Second,
			Rise:     2,
			Fall:     3,
			Status:   []StatusRange{{From: 200, To: 399}},
		}
		v.object(fields{
			"path":     need(wantTarget, target(&a.Path)),
			"interval": may(duration(&a.Interval, 10*time.Millisecond)),
			"timeout":  may(duration(&a.Timeout, time.Millisecond)),
			"rise":     may(integer(&a.Rise, 1, 100)),
			"fall":     may(integer(&a.Fall, 1, 100)),
			"status":   may(statusSet(&a.Status, 100, 599, "200,204,300-399")),
			"port":     later,
			"method":   later,
			"host":     later,
			"headers":  later,
			"body":     later,
		})
		*dst = a
	}
}

const wantTarget = `a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`

// target reads what stands in the first line of a request: a path and
// perhaps a query.
func target(dst *string) func(value) {
	return one(dst, wantTarget, func(s string) (string, bool) {
		_, err := url.ParseRequestURI(s) // what the check does, each time
		return s, err == nil && strings.HasPrefix(s, "/") && isVisibleASCII(s) && !strings.Contains(s, "#")
	})
}

// isVisibleASCII reports whether s can be sent within a request line as it is.
func isVisibleASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}
