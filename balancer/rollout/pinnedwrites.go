package rollout

import (
	"fmt"
	"time"

	"weir/balancer/verdict"
)

// The same is kept, under the same names, of requests of a flag's segments: see ramp.go.
//
// Writes that are pinned go to one version at a time, so there is nothing at the same
// moment to compare them with, and they must not be compared with reads: they are
// another kind of requests. Those of a candidate that has them are judged alone, by
// max_error_rate; what reads on stable come to meanwhile tells whether the trouble is
// everybody's.

// Writer is the version that writes go to, whatever the weights are; "" for a plan that
// does not pin them. One that ends in a revert has given them back.
func (s *State) Writer() string {
	switch {
	case !s.Plan.PinWrites:
		return ""
	case s.Writes == WritesSwitched:
		return s.Plan.To
	}
	return s.Plan.From
}

// PinnedWrites is what became of writes under Plan.PinWrites: first attempts, as Counts
// of reads. The zero value has seen none.
type PinnedWrites struct {
	// Candidate and Stable are those of closed ticks since the start.
	Candidate Counts `json:"candidate,omitzero"`
	Stable    Counts `json:"stable,omitzero"`
	// Failing are the candidate's since Tests.Writes last had nothing against it, Since
	// when the first of them failed. Reads are stable's first attempts in the ticks after
	// the one in which that began: those before it say nothing of a trouble that both have.
	Failing Counts    `json:"failing,omitzero"`
	Reads   Counts    `json:"reads,omitzero"`
	Since   time.Time `json:"since,omitzero"`
	// Alarmed is for how long Tests.Writes has been in alarm.
	Alarmed time.Duration `json:"alarmed,omitempty"`
	// Equal, of a flag's segments alone: "those in them fail more often than those beside
	// the ramp", since Failing. See judgeChosen.
	Equal verdict.Ratio `json:"equal,omitzero"`
}

// feed adds a closed tick, before the tests have it.
func (w *PinnedWrites) feed(t *tick, tests *Tests) {
	if tests.Writes.Quiet() {
		*w = PinnedWrites{Candidate: w.Candidate, Stable: w.Stable, Equal: w.Equal}
		if w.compares() {
			w.Equal = verdict.NewRatio(1)
		}
	} else {
		w.Reads.add(t.stable)
	}
	w.Candidate.add(t.writes)
	w.Stable.add(t.stableWrites)
	w.Failing.add(t.writes)
	if w.compares() {
		w.Equal.Tick(float64(t.writes.Requests), float64(t.stable.Requests), float64(t.writes.Failures), float64(t.stable.Failures))
	}
	if w.Since.IsZero() && t.writes.Failures > 0 {
		w.Since = t.writeFailedAt
	}
}

// compares reports that Equal is kept.
func (w *PinnedWrites) compares() bool { return w.Equal.Tolerate > 0 }

func writing(t *Tests) float64 { return t.Writes.Level() }

// judgeWrites decides about a candidate that fails writes. Nothing of stable's says that
// it would have written, so it must have kept the limit while it had the writes, and its
// checks must pass; and its reads must show that not everything fails.
func (s *State) judgeWrites(o *Observation) finding {
	r, e := s.Plan.Rules, &s.Evidence
	if !e.reaches(1, writing) {
		return finding{}
	}
	if s.Plan.Flag != "" {
		return s.judgeChosen()
	}
	w := e.Writes
	p := func() float64 {
		return verdict.Exact(w.Failing.Requests, w.Reads.Requests, w.Failing.Failures, w.Reads.Failures)
	}
	say := func(format string, a ...any) func() string {
		return func() string {
			return fmt.Sprintf("errors: %s, over max_error_rate %s (e-CUSUM at %.3g of its alarm level); %s before",
				written(s.Plan.To, w.Failing), percent(r.MaxErrorRate), writing(&e.Tests), written(s.Plan.From, w.Stable)) + fmt.Sprintf(format, a...)
		}
	}
	revert := func(why func() string) finding {
		return finding{revert: true, writes: true, since: w.Since, reason: why}
	}
	switch {
	case !inside(w.Stable, r.MaxErrorRate):
		return finding{cause: causeErrors, reason: say(", which is over it, too")}
	case o.StableUsable == 0 || !o.StableHealthy:
		return finding{cause: causeErrors, reason: say(", and its checks do not pass")}
	case w.Reads.Requests >= controlSample && inside(w.Reads, 1-controlPercent/100.0) && p()*float64(w.Failing.Failures) <= r.Alpha:
		return revert(say(", and meanwhile %s (p %.2g, alpha %g)", s.failed(s.Plan.From, w.Reads), p(), r.Alpha))
	case w.Alarmed < controlWait:
		return finding{cause: causeErrors, reason: say(": waiting for more")}
	case !inside(w.Reads, r.MaxErrorRate):
		return finding{cause: causeErrors, reason: say(", and meanwhile %s: a shared outage is not excluded", s.failed(s.Plan.From, w.Reads))}
	}
	return revert(say(", and its checks pass"))
}

// written says a version's failed writes, with their rate.
func written(version string, c Counts) string {
	if c.Requests == 0 {
		return version + " had no writes"
	}
	return fmt.Sprintf("%s failed %d of %d writes (%s)", version, c.Failures, c.Requests, percent(float64(c.Failures)/float64(c.Requests)))
}
