package rollout

import (
	"fmt"
	"slices"
	"time"

	"weir/balancer/verdict"
)

const (
	// learnFrom is how many answers of stable its quantiles are known by.
	learnFrom = 100
	// forgetAfter halves what is known of stable's latency: it has peaks, nights and
	// new neighbours.
	forgetAfter = 5 * time.Minute
)

// times is what this process knows of latencies. It is not written once it is
// there: states share it.
type times struct {
	at                time.Time // when the open second began
	candidate, stable Latency   // as of at
	endpoints         []EndpointCount
	past              Latency       // stable's, until at
	age               time.Duration // of past, since it was halved
}

// latencies compares them, a second at a time: by bounds that were fixed before the
// second began. It reports whether there was something to compare.
func (e *Evidence) latencies(o *Observation, r Rules, now time.Time) bool {
	b := &e.Base
	if !r.Latency || o.CandidateLatency == nil || o.StableLatency == nil {
		return false
	}
	last := b.Times
	if last == nil {
		b.Times = &times{at: now, candidate: *o.CandidateLatency, stable: *o.StableLatency, endpoints: slices.Clone(o.Endpoints)}
		return false
	}
	age := now.Sub(last.at)
	if age >= 0 && age < tickTime {
		return false
	}
	next := &times{at: now, candidate: *o.CandidateLatency, stable: *o.StableLatency, endpoints: slices.Clone(o.Endpoints), past: last.past, age: last.age}
	b.Times = next
	candidate, ok := o.CandidateLatency.since(&last.candidate)
	stable, ok2 := o.StableLatency.since(&last.stable)
	if age < 0 || !ok || !ok2 {
		return false
	}
	s := &e.Slowness
	compared := s.Known && s.warm(candidate.count(), age, r.WarmUp)
	if compared {
		c, st := candidate.slow(s.CandidateBounds), stable.slow(s.Bounds)
		s.Candidate.add(c)
		s.Stable.add(st)
		e.compare(c, st, apart(last.endpoints, o.Endpoints), o.CandidateUsable)
	}
	next.learn(&stable, age)
	s.learn(&next.past, r.Tolerate)
	return compared
}

// warm reports whether the candidate has had answers for long enough.
func (s *Slowness) warm(answers uint64, age, warmUp time.Duration) bool {
	if s.Warm >= warmUp {
		return answers > 0
	}
	if answers > 0 {
		s.Warm = min(s.Warm+min(age, time.Minute), warmUp)
	}
	return false
}

// learn adds a second of stable's to what is known.
func (t *times) learn(stable *Latency, age time.Duration) {
	for i, n := range stable {
		t.past[i] += n
	}
	if t.age += age; t.age < forgetAfter {
		return
	}
	t.age = 0
	for i := range t.past {
		t.past[i] /= 2
	}
}

// learn makes bounds for what comes next.
func (s *Slowness) learn(past *Latency, tolerate float64) {
	if past.count() < learnFrom {
		return
	}
	s.Known = true
	for i, q := range verdict.Quantiles {
		s.Bounds[i] = past.quantile(q)
		s.CandidateBounds[i] = tolerated(s.Bounds[i], tolerate)
	}
}

// compare adds a second to the tests, and to those without an endpoint: one that is
// slow must not condemn the release.
func (e *Evidence) compare(candidate, stable Slow, endpoints []EndpointCount, usable int) {
	e.Without = slices.Clone(e.Without)
	for _, p := range endpoints {
		if usable >= 2 && p.Slow[verdict.Thresholds-1] > 0 {
			e.tellApart(p.Address)
		}
	}
	for i := range e.Without {
		w, rest := &e.Without[i], candidate
		for _, p := range endpoints {
			if p.Address == w.Address && usable >= 2 {
				rest = candidate.without(Slow{Answers: p.Requests, Above: p.Slow})
			}
		}
		w.Tests.Latency.Tick(float64(rest.Answers), float64(stable.Answers), rest.floats(), stable.floats())
	}
	e.Tests.Latency.Tick(float64(candidate.Answers), float64(stable.Answers), candidate.floats(), stable.floats())
}

// slower says, for people, what latency has to say: at the threshold that speaks
// most against the candidate.
func (s *State) slower() string {
	l, t := &s.Evidence.Slowness, &s.Evidence.Tests.Latency
	if l.Candidate.Answers == 0 || t.LogE() <= 0 {
		return ""
	}
	most := 0
	for i := range t.Tests {
		if t.Tests[i].LogE() > t.Tests[most].LogE() {
			most = i
		}
	}
	return fmt.Sprintf("; %d of %d answers of %s came later than %s, %d of %d of %s later than %s, its p%g (e-value of latency %s)",
		l.Candidate.Above[most], l.Candidate.Answers, s.Plan.To, shown(l.CandidateBounds[most]),
		l.Stable.Above[most], l.Stable.Answers, s.Plan.From, shown(l.Bounds[most]), 100*verdict.Quantiles[most], evalue(t.LogE()))
}

func shown(bucket uint8) time.Duration {
	d := boundOf(bucket)
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
