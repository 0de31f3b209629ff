//go:build !race

package parity

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// behaviour is what a backend does with a request.
type behaviour struct {
	does   string        // one of behaviours
	status int           // of "status"
	delay  time.Duration // of "delay"
	header string        // of "header": one more line of its answers, from now on
}

// behaviours are the words for them. All but refuse and header read the request
// first.
var behaviours = []string{
	"ok",      // answers 200 with its name
	"status",  // answers with that status
	"header",  // answers 200, and with that line too
	"delay",   // answers 200 later
	"big",     // answers 200 with more than any buffer
	"hold",    // answers 200 when it is told to
	"half",    // answers 200 and closes in the middle of the body
	"garbage", // answers with a head that is none
	"stale",   // answers the first request of a connection, and closes it when the second comes
	"close",   // closes
	"reset",   // resets
	"hang",    // says nothing
	"refuse",  // does not listen
}

func readBehaviour(words []string) (behaviour, error) {
	b := behaviour{does: words[0]}
	if !slices.Contains(behaviours, b.does) {
		return b, fmt.Errorf("%q is nothing that a backend does", b.does)
	}
	takes := 0
	var err error
	if len(words) == 2 {
		takes = 1
		switch b.does {
		case "status":
			b.status, err = strconv.Atoi(words[1])
		case "delay":
			b.delay, err = time.ParseDuration(words[1])
		case "header":
			b.header = words[1]
		default:
			takes = 0
		}
	}
	needs := b.does == "status" || b.does == "delay" || b.does == "header"
	if len(words) != takes+1 || needs != (takes == 1) {
		return b, fmt.Errorf("%s with other words than it takes", b.does)
	}
	return b, err
}
