package rollout

import "fmt"

// Schema is what the guard of the database's schema has to say. The zero value has
// nothing against anything.
type Schema struct {
	// Candidate is why the candidate cannot run on the schema as it is, for people: it
	// is reverted. "": it can, or that is not known. Stable is the same of stable, to
	// which nothing is reverted then.
	Candidate, Stable string
	// Unknown is why it is not known whether the candidate can, for people: it gets no
	// more. "": it is known.
	Unknown string
	// Stale makes the rollout hold, as it has been unknown for long.
	Stale bool
}

// unfit says, for people, why the schema allows the candidate no more than it has; ""
// when it does.
func (s *State) unfit(o *Observation) string {
	switch w := &o.Schema; {
	case w.Candidate != "":
		return "schema: " + w.Candidate
	case w.Unknown != "":
		return "schema: " + w.Unknown
	}
	return ""
}

// judgeSchema reverts a candidate that cannot run any more. One of which that is not
// known stays as it is: it has run so far. Gates before the first move may be what
// makes it fit: until they have passed it has nothing, and gets nothing.
func (s *State) judgeSchema(o *Observation) finding {
	if s.Ahead == gates && s.outset() {
		return finding{}
	}
	switch reason := s.unfit(o); {
	case o.Schema.Candidate != "":
		return finding{revert: true, reason: func() string { return reason }}
	case reason != "" && o.Schema.Stale:
		return finding{cause: causeSchema, reason: func() string { return reason }}
	}
	return finding{}
}

// noWayBack says, for people, why the candidate's share must not go back to stable;
// "" when it may. A version that cannot run on the database's schema may damage what
// is in it, and fails more users than a bad candidate does.
func (s *State) noWayBack(o *Observation) string {
	if s.Percent == 0 || o.Schema.Stable == "" {
		return ""
	}
	return "schema: " + o.Schema.Stable
}

// stuck holds a candidate that should be reverted, for a reason, and has no way back.
// The rules stay armed: it is reverted as soon as stable can run.
func (s State) stuck(why, reason string) (State, Action) {
	s.unhold()
	reason = fmt.Sprintf("holding: %s, so %s keeps its %g%%: %s", why, s.Plan.To, s.Percent, reason)
	if s.Hold.Cause == causeSchema || graver(s.Hold.Cause, causeSchema) {
		s.Reason = reason
		return s, Action{}
	}
	s.Hold = Hold{Cause: causeSchema}
	return s.changed(Stay, reason)
}
