package rollout

import (
	"fmt"
	"slices"
	"time"
)

// PlainErrors reverts a candidate that fails more than Rate over Window. What that
// costs: of equal versions it reverts many, in time. The zero value does nothing.
type PlainErrors struct {
	Rate        float64       `json:"rate"`         // failed part of first attempts, 0 to 1
	Window      time.Duration `json:"window"`       // what it is estimated over
	MinRequests uint64        `json:"min_requests"` // in the window, before it is
}

// PlainLatency reverts a candidate of which more than 1 - Quantile of the answers
// take longer than Over, in Window. The zero value does nothing.
type PlainLatency struct {
	Quantile    float64       `json:"quantile"` // 0.5, 0.9 or 0.99
	Over        time.Duration `json:"over"`     // as exact as a bucket, 9 %, never earlier
	Window      time.Duration `json:"window"`
	MinRequests uint64        `json:"min_requests"`
}

// windowParts is how many parts a window moves on by.
const windowParts = 20

// part is a piece of a window.
type part struct {
	at                time.Time
	candidate, stable Counts
	slow, slowStable  Slow // above Over, at index 0
}

// plainParts adds to a window and drops what is older. It shares nothing with what it
// was given.
func plainParts(parts []part, p part, window time.Duration) []part {
	if window <= 0 {
		return nil
	}
	old := 0
	for old < len(parts) && p.at.Sub(parts[old].at) >= window {
		old++
	}
	out := slices.Clone(parts[old:])
	if n := len(out); n > 0 && p.at.Sub(out[n-1].at) < window/windowParts {
		out[n-1].candidate.add(p.candidate)
		out[n-1].stable.add(p.stable)
		out[n-1].slow.add(p.slow)
		out[n-1].slowStable.add(p.slowStable)
		return out
	}
	return append(out, p)
}

// plain adds a closed tick to the windows of the plain rules.
func (e *Evidence) plain(t *tick, o *Observation, r Rules, now time.Time) {
	b := &e.Base
	b.PlainErrors = plainParts(b.PlainErrors, part{at: now, candidate: t.candidate, stable: t.stable}, r.PlainErrors.Window)
	if r.PlainLatency.Window <= 0 || o.CandidateLatency == nil || o.StableLatency == nil {
		return
	}
	over := uint8(bucketFor(r.PlainLatency.Over))
	candidate, stable := Slow{Answers: o.CandidateLatency.count()}, Slow{Answers: o.StableLatency.count()}
	candidate.Above[0], stable.Above[0] = o.CandidateLatency.above(over), o.StableLatency.above(over)
	if b.PlainSeen {
		b.PlainLatency = plainParts(b.PlainLatency, part{at: now,
			slow: candidate.without(b.PlainCandidate), slowStable: stable.without(b.PlainStable)}, r.PlainLatency.Window)
	}
	b.PlainSeen, b.PlainCandidate, b.PlainStable = true, candidate, stable
}

// nearly is the part of a plain rule's limit from which on stable counts as breaking
// it, too: of two versions that begin to fail alike one crosses first, and that must
// not decide.
const nearly = 0.5

// judgePlain applies the plain rules. Where stable breaks them as well, or nearly,
// nobody is reverted: the rollout holds.
func (s *State) judgePlain() finding {
	if f := s.judgePlainErrors(); f.revert || f.cause != "" {
		return f
	}
	return s.judgePlainLatency()
}

func (s *State) judgePlainErrors() finding {
	r, e := s.Plan.Rules.PlainErrors, &s.Evidence
	var candidate, stable Counts
	for _, p := range e.Base.PlainErrors {
		candidate.add(p.candidate)
		stable.add(p.stable)
	}
	breaks := func(c Counts, part float64) bool {
		return c.Requests > 0 && c.Requests >= r.MinRequests && float64(c.Failures) > part*r.Rate*float64(c.Requests)
	}
	if r.Window <= 0 || !breaks(candidate, 1) {
		return finding{}
	}
	what := fmt.Sprintf("%s in %s, over max_error_rate_plain %s", s.failed(s.Plan.To, candidate), r.Window, percent(r.Rate))
	if breaks(stable, nearly) {
		return finding{cause: causePlain, reason: func() string {
			return fmt.Sprintf("plain: %s; %s", what, s.failed(s.Plan.From, stable))
		}}
	}
	return finding{revert: true, since: e.Onset.any(&e.Tests), reason: func() string {
		return fmt.Sprintf("errors: %s; %s", what, s.failed(s.Plan.From, stable))
	}}
}

func (s *State) judgePlainLatency() finding {
	r := s.Plan.Rules.PlainLatency
	var candidate, stable Slow
	for _, p := range s.Evidence.Base.PlainLatency {
		candidate.add(p.slow)
		stable.add(p.slowStable)
	}
	breaks := func(l Slow, part float64) bool {
		return l.Answers > 0 && l.Answers >= r.MinRequests && float64(l.Above[0]) > part*(1-r.Quantile+1e-9)*float64(l.Answers)
	}
	if r.Window <= 0 || !breaks(candidate, 1) {
		return finding{}
	}
	slow := func(version string, l Slow) string {
		return fmt.Sprintf("%d of %d answers of %s came later", l.Above[0], l.Answers, version)
	}
	what := fmt.Sprintf("p%g over max_latency_plain %s in %s: %s", 100*r.Quantile, r.Over, r.Window, slow(s.Plan.To, candidate))
	if breaks(stable, nearly) {
		return finding{cause: causePlain, reason: func() string { return fmt.Sprintf("plain: %s, and %s", what, slow(s.Plan.From, stable)) }}
	}
	return finding{revert: true, reason: func() string { return fmt.Sprintf("latency: %s; %s", what, slow(s.Plan.From, stable)) }}
}
