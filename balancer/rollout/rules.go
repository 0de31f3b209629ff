package rollout

import (
	"fmt"
	"math"
	"time"

	"weir/balancer/verdict"
)

const (
	// controlSample retries on stable, this part of them successful, say that
	// stable would have answered what the candidate did not.
	controlSample  = 5
	controlPercent = 90
	// controlWait is how long the control sample may take to come in after the
	// alarm, before "nothing could be retried" is concluded.
	controlWait = time.Second
)

// finding is what the rules make of the evidence: revert, or a cause to hold,
// or nothing.
type finding struct {
	revert bool
	writes bool          // with revert: for what it did to writes, which go back in any case
	since  time.Time     // the first failure of what led to the revert; zero: none
	cause  string        // of a hold
	reason func() string // made only where somebody will read it: looks are many
}

// judge applies the revert rules. worse comes first: it says the most. The
// tests change when a tick closes; between two ticks only retries and usable
// endpoints can say something new.
func (s *State) judge(o *Observation, closed bool) finding {
	f := s.judgeMirror()
	if f.revert {
		return f
	}
	if closed {
		if f = s.judgeWorse(); f.revert {
			return f
		}
	}
	if e := &s.Evidence; closed || e.Tests.Alone.Alarm() && e.Excursion.alone() {
		f = s.judgeErrors(o)
	}
	if f.revert {
		return f
	}
	if w := s.judgeWrites(o); w.revert || f.cause == "" {
		f = w
	}
	if f.revert {
		return f
	}
	for _, rule := range []func() finding{s.judgePlain, s.judgeClientErrors, s.judgeSampleRatio} {
		if found := rule(); found.revert || f.cause == "" && found.cause != "" {
			f = found
		}
	}
	if f.revert || o.CandidateUsable > 0 || s.unmoved() { // what has not begun waits for endpoints
		return f
	}
	return s.judgeUnusable(o)
}

// bound is what the logarithm of an e-value has to reach.
func (r Rules) bound() float64 { return -math.Log(r.Alpha) }

// enough reports that the candidate has failed often enough to be compared.
func enough(c Counts, r Rules) bool { return c.Failures >= uint64(max(0, r.MinFailures)) }

// judgeWorse is the comparison with stable, by errors and latency together.
func (s *State) judgeWorse() finding {
	r, e := s.Plan.Rules, &s.Evidence
	test := s.comparison()
	if !e.reaches(r.bound(), test) {
		return finding{}
	}
	since := e.Onset.worse(&e.Tests)
	if latencyAlone(&e.Tests) >= r.bound() {
		since = time.Time{} // it would have been reverted without a failure
	}
	return finding{revert: true, since: since, reason: func() string {
		return fmt.Sprintf("worse: %s, %s; e-value %s reaches %s (alpha %g, r0 %g)%s%s",
			s.failed(s.Plan.To, e.Candidate), s.failed(s.Plan.From, e.Stable),
			evalue(test(&e.Tests)), evalue(r.bound()), r.Alpha, r.Tolerate, ratio(e.Candidate, e.Stable, r.Alpha, e.Moved), s.slower())
	}}
}

// judgeErrors is the absolute limit, max_error_rate.
//
// A version above the limit says nothing about the release when the other one
// is above it too, and of two estimates of the same rate one always crosses
// first: the one with more traffic, or more luck. So crossing never reverts. It
// makes the rollout hold, at once, and revert only when there is evidence of the
// comparison as well: stable is not above the limit, and "fails no more often
// than stable" is refuted at alpha. That second test begins with the excursion,
// not with the rollout: a shared outage has the same factor 1 in both versions
// for as long as it lasts and whoever is looked at first, while a candidate that
// dies after ten healthy hours is found as fast as one that starts dead.
//
// Where stable has next to no traffic of its own there is nothing to compare,
// and the retries on it are the sample.
func (s *State) judgeErrors(o *Observation) finding {
	r, e := s.Plan.Rules, &s.Evidence
	if !e.reaches(r.bound(), over) && !e.reaches(1, alone) {
		return finding{}
	}
	x := &e.Excursion
	limit := func() string {
		found := fmt.Sprintf("e-value %s reaches %s", evalue(over(&e.Tests)), evalue(r.bound()))
		if !e.reaches(r.bound(), over) {
			found = fmt.Sprintf("e-CUSUM at %.3g of its alarm level", alone(&e.Tests))
		}
		return fmt.Sprintf("%s, over max_error_rate %s (%s)", s.failed(s.Plan.To, x.Candidate), percent(r.MaxErrorRate), found)
	}
	comparison := func(word string) string {
		return fmt.Sprintf("%s; e-value %s of the comparison %s %s (alpha %g, r0 1)", s.failed(s.Plan.From, x.Stable),
			evalue(equal(&e.Tests)), word, evalue(r.bound()), r.Alpha)
	}
	switch {
	case x.alone():
		return s.judgeAlone(o)
	case e.StableOver.Alarm():
		return finding{cause: causeErrors, reason: func() string {
			return fmt.Sprintf("shared outage: %s, and %s", limit(), s.failed(s.Plan.From, x.Stable))
		}}
	case enough(x.Candidate, r) && e.reaches(r.bound(), equal):
		return finding{revert: true, since: e.Onset.Over, reason: func() string {
			return fmt.Sprintf("errors: %s, while %s%s", limit(), comparison("reaches"), ratio(x.Candidate, x.Stable, r.Alpha, false))
		}}
	}
	return finding{cause: causeErrors, reason: func() string {
		return fmt.Sprintf("%s; not told from a shared outage yet: %s", limit(), comparison("is below"))
	}}
}

// judgeAlone decides about a candidate above the limit while stable has no
// traffic of its own. Nine of ten successes in the control sample alone would
// pass in every third shared outage of 20 %, by luck; so the candidate must also
// have failed more often than the sample by more than chance explains. Each of
// its failures is another look at the same sample, hence alpha divided by them.
func (s *State) judgeAlone(o *Observation) finding {
	r, e := s.Plan.Rules, &s.Evidence
	c := e.Excursion.Candidate
	ended, ok := e.retries(o)
	p := func() float64 { return verdict.Exact(c.Requests, ended, c.Failures, grown(ok, ended)) }
	say := func(format string, a ...any) func() string {
		return func() string {
			return fmt.Sprintf("errors: %s, over max_error_rate %s with too little traffic on %s to compare; %d of %d retries on %s succeeded",
				s.failed(s.Plan.To, c), percent(r.MaxErrorRate), s.Plan.From, ok, ended, s.Plan.From) + fmt.Sprintf(format, a...)
		}
	}
	switch {
	case s.Plan.Flag != "": // whose requests are not made again without it
		return finding{cause: causeErrors, reason: s.uncompared(c)}
	case ended >= controlSample && ok*100 >= ended*controlPercent && p()*float64(c.Failures) <= r.Alpha:
		return finding{revert: true, since: e.Onset.Over, reason: say(" (p %.2g, alpha %g)", p(), r.Alpha)}
	case ended >= controlSample:
		return finding{cause: causeErrors, reason: say(": a shared outage is not excluded (alpha %g)", r.Alpha)}
	case e.Excursion.Alarmed < controlWait:
		return finding{cause: causeErrors, reason: say(": waiting for more")}
	case o.StableHealthy && o.StableUsable > 0 && ok >= ended && inside(e.Excursion.Stable, r.MaxErrorRate):
		return finding{revert: true, since: e.Onset.Over, reason: say(", and its checks pass")}
	}
	return finding{cause: causeErrors, reason: say(", and its checks do not pass")}
}

// judgeUnusable decides about a candidate without a usable endpoint. Its share
// is with stable already: there is time to see that stable bears it.
func (s *State) judgeUnusable(o *Observation) finding {
	r, e, h := s.Plan.Rules, &s.Evidence, &s.Hold
	if h.Cause == causeUnusable {
		h.Shared = h.Shared || e.StableOver.Alarm()
	}
	hold := finding{cause: causeUnusable, reason: func() string {
		what := fmt.Sprintf("unusable: %s has no usable endpoint", s.Plan.To)
		switch {
		case o.CandidatePending > 0:
			what += fmt.Sprintf(" yet: the checks of %d have not passed", o.CandidatePending)
		case o.StableUsable == 0:
			what += ", nor has " + s.Plan.From
		case h.Shared:
			what += fmt.Sprintf("; %s fails too, over max_error_rate %s (shared outage)", s.Plan.From, percent(r.MaxErrorRate))
		}
		return what
	}}
	need := r.UnusableFor
	if h.Shared {
		need = max(need, sharedUnusableFor)
	}
	if o.CandidatePending > 0 || o.StableUsable > 0 && need > 0 && (h.Cause != causeUnusable || min(h.Block, h.Unusable) < need) {
		return hold
	}
	failing := !inside(h.Stable, r.MaxErrorRate) || e.StableOver.Alarm()
	if o.StableUsable == 0 || failing || h.Stable.Requests == 0 && !o.StableHealthy {
		h.Shared = h.Shared || failing || o.StableUsable == 0
		h.again()
		return hold
	}
	lasted, stable := h.Unusable.Round(100*time.Millisecond), h.Stable
	return finding{revert: true, since: e.Onset.any(&e.Tests), reason: func() string {
		return fmt.Sprintf("unusable: %s has no usable endpoint for %s; %s has %d of them, and %s",
			s.Plan.To, lasted, s.Plan.From, o.StableUsable, s.failed(s.Plan.From, stable))
	}}
}

// failed says a version's failures, with their rate.
func (s *State) failed(version string, c Counts) string {
	if c.Requests == 0 {
		return version + " had no " + s.counted() + " that were judged"
	}
	return fmt.Sprintf("%s failed %d of %d %s (%s)",
		version, c.Failures, c.Requests, s.counted(), percent(float64(c.Failures)/float64(c.Requests)))
}

// counted is what the verdict counts, for people.
func (s *State) counted() string {
	if s.Plan.Flag != "" {
		return "requests"
	}
	return "first attempts"
}

func percent(rate float64) string { return fmt.Sprintf("%.4g%%", 100*rate) }

// evalue is an e-value for people, from its logarithm.
func evalue(log float64) string {
	if log > 600 {
		return fmt.Sprintf("1e+%.0f", log/math.Ln10)
	}
	return fmt.Sprintf("%.3g", math.Exp(log))
}
