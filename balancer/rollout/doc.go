// Package rollout decides how an upstream's split moves from its stable version
// to a candidate, and when it moves back.
//
// Step is the whole policy: a pure function of a State, an Observation of
// cumulative counters, a Command and the time. Engine is the thin loop around
// it, one goroutine per upstream, which looks at failures as they happen, sets
// a candidate's trip word before anybody else hears of a revert, and hands
// every change to the single writer through Host.
//
// What it moves is mostly an upstream's traffic between versions. It may as well be a
// feature flag's users between what the flag's file says (Plan.From) and one of its
// variants (Plan.To): see ramp.go. The rules are the same, the host answers for what a
// flag has no endpoints to say of, and nothing here asks which of the two it is but for
// the words and for those who are chosen instead of drawn.
//
// It knows plans, phases, rules and evidence. It must not know how a request is
// sent, what a configuration looks like, where state is kept, or how a weight
// becomes a snapshot.
package rollout
