package rollout

import (
	"fmt"
	"time"
)

// WriteHold makes the move that switches writes wait, with all writes held, until
// those under way have ended and the Held gates have passed.
type WriteHold struct {
	// Max is how long writes may be held, above 0. The data plane keeps it, alone.
	Max time.Duration `json:"max"`
}

// HoldsWrites reports that the rollout wants writes held now: control holds them from
// then until it is false again, or until the move that they wait for is published.
// State.Holds tells one hold from the next.
func (s *State) HoldsWrites() bool {
	return s.Ahead == writeHold && s.Phase != Reverting && !s.Phase.Ended()
}

// drained reports that nothing is under way any more that could write.
func (w *WriteHeld) drained() bool { return w.InForce && w.Drained }

// unheld says why writes could not be held until the switch; "" when they are, or do
// not have to be.
func (s *State) unheld(o *Observation) string {
	if s.Ahead != writeHold || o.Hold.Ended == "" {
		return ""
	}
	why := fmt.Sprintf("write_hold: %s before the switch: %s", o.Hold.Ended, s.where())
	if o.Group.Waits != "" { // it was not its own writes
		why += ", and waited for " + o.Group.Waits
	}
	return why
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
