package rollout

import "time"

// WriteHold makes the move that switches writes wait, with all writes held, until
// those under way have ended and the Held gates have passed.
type WriteHold struct {
	// Max is how long writes may be held, above 0. The data plane keeps it, alone.
	Max time.Duration `json:"max"`
}

// WriteHeld is what the data plane has to say of the hold that belongs to the
// rollout. Control begins one when HoldsWrites becomes true and ends it when that
// becomes false or the move that switches writes is published. The zero value: not
// begun.
type WriteHeld struct {
	// InForce reports that no write reaches a version any more, Drained that those
	// under way have ended, too.
	InForce, Drained bool
	// Ended is why the hold ended before the switch, for people: it aborts.
	Ended string
	// Queued is how many writes wait.
	Queued int
}
