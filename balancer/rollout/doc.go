// Package rollout decides how an upstream's split moves from its stable version
// to a candidate, and when it moves back.
//
// Step is the whole policy: a pure function of a State, an Observation of
// cumulative counters, a Command and the time. Engine is the thin loop around
// it, one goroutine per upstream, which looks at failures as they happen, sets
// a candidate's trip word before anybody else hears of a revert, and hands
// every change to the single writer through Host.
//
// It knows plans, phases, rules and evidence. It must not know how a request is
// sent, what a configuration looks like, where state is kept, or how a weight
// becomes a snapshot.
package rollout
