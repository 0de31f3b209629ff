package rollout

// Phase is where a rollout is. The zero value is no phase.
type Phase string

// The phases; the last three have ended and never change again.
const (
	Progressing Phase = "progressing"  // in a step, or preparing a switch, on the way to the next
	Paused      Phase = "paused"       // waits for an operator, judged as ever
	WaitingGate Phase = "waiting_gate" // gates are asked, or the switch is to be approved
	Holding     Phase = "holding"      // evidence unclear, shared outage, no usable endpoint, too little room or a gate without an answer: does not advance
	Reverting   Phase = "reverting"    // decided: the writer has not confirmed yet, or stable cannot take all of it yet
	Baking      Phase = "baking"       // everything on the candidate, stable still warm
	Succeeded   Phase = "succeeded"    // the candidate is stable
	Reverted    Phase = "reverted"     // a rule took the candidate out
	Aborted     Phase = "aborted"      // an operator or a gate took the candidate out, or it never got ready
)

// Ended reports whether nothing will change any more.
func (p Phase) Ended() bool { return p == Succeeded || p == Reverted || p == Aborted }

// Command is what an operator asks of a running rollout. The zero value asks
// for nothing.
type Command uint8

const (
	// None asks for nothing: look at the evidence and at the time.
	None Command = iota
	// Promote ends the current wait, whatever it waits for (hold, min_requests, a
	// certificate, a pause, a gate, an approval), and goes on to what is ahead of the
	// next step, or to that; in the bake it ends the rollout. Refused while holding,
	// unless a gate gave no answer: resume or abort decide there. It cannot make up
	// for what the candidate lacks, room for the next share or being ready for a
	// blue_green switch, nor for writes that are still under way.
	Promote
	// PromoteFull goes straight to 100 % and the bake, or to what is asked before that.
	// Refused while holding, in the bake, and for what the candidate lacks.
	PromoteFull
	// Pause stops the advance and nothing else: holds run on, rules stay armed.
	Pause
	// Resume ends an operator's pause or a hold; a gate that gave no answer is asked
	// again. A pause that the plan asked for
	// is ended by Promote.
	Resume
	// Abort reverts, and ends a revert in steps at once. Refused where stable cannot
	// run on the schema of the database.
	Abort
	// AbortForce is Abort to a stable version that cannot run on the database's schema,
	// which Abort refuses.
	AbortForce
)

// String is the verb as operators write it.
func (c Command) String() string {
	switch c {
	case Promote:
		return "promote"
	case PromoteFull:
		return "promote --full"
	case Pause:
		return "pause"
	case Resume:
		return "resume"
	case Abort:
		return "abort"
	case AbortForce:
		return "abort --force"
	}
	return "none"
}

// Move is what the split has to do.
type Move uint8

// The moves; only Revert is a safety move.
const (
	Stay       Move = iota // weights stay; at most the state is kept
	SetPercent             // the candidate gets a percentage of From's and To's weight together
	Revert                 // the candidate gets 0, or less than it had, and From the rest
	Finish                 // the candidate becomes stable
)

// String names the move for logs and tests.
func (m Move) String() string {
	switch m {
	case SetPercent:
		return "set percent"
	case Revert:
		return "revert"
	case Finish:
		return "finish"
	}
	return "stay"
}
