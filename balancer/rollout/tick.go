package rollout

import (
	"slices"
	"time"
)

const (
	// A tick is closed by whichever comes first: its age; so many errors; or, with
	// an error in it, enough requests to tell how much of the traffic each version
	// had. None looks at which version failed, so labels stay exchangeable under
	// equality. The last is for a dead candidate of one endpoint, which is ejected
	// after its fifth failure: there would never be an eighth.
	tickTime     = time.Second
	tickErrors   = 8
	tickSoon     = 100 * time.Millisecond
	tickRequests = 100

	// With a request every few seconds each would be alone in its tick, and never
	// compared with anything. So a tick in which one version had none goes on for a
	// little longer: until the other has some, too, or there are a few in all.
	tickLonger = 10 * time.Second
	tickFew    = 8
)

// Base is the last observation of this process: what the next is subtracted
// from. Its zero value is none. Only Step writes it.
type Base struct {
	At     time.Time // of the last Step
	Opened time.Time // of the open tick

	// As of Opened.
	Stable, Candidate  Counts
	Writes             Counts // the candidate's
	StableWrites       Counts
	Endpoints          []EndpointCount
	Retries, RetriesOK uint64

	// Of the open tick.
	Usable     int       // most endpoints of the candidate that were usable
	FailedAt   time.Time // when the candidate's first failure was seen
	FailedSeen uint64    // ids of failures, as of Opened

	WriteFailedAt time.Time // when that of its writes was
	Sent          Sent      // as of Opened; AsSet as long as it has been so

	// Of latencies and of the plain rules' windows; nothing of it is written again.
	Times                       *times
	PlainErrors, PlainLatency   []part
	PlainCandidate, PlainStable Slow
	PlainSeen                   bool

	// As of At.
	Users, UserErrors, FailedAttempts uint64
	Mirror                            MirrorCounts
}

// tick is what happened between two closings.
type tick struct {
	age                time.Duration
	candidate, stable  Counts
	writes             Counts // the candidate's
	stableWrites       Counts
	endpoints          []EndpointCount // the candidate's, those with requests
	usable             int             // most endpoints of the candidate that were usable
	retries, retriesOK uint64
	failedAt           time.Time // when the candidate's first failure was seen
	writeFailedAt      time.Time // when that of its writes was
	failedIDs          []string  // the observation's

	sentCandidate, sentStable float64 // below 0 when more was taken back
	asSet                     bool
}

// watch takes note of o and returns the time since the last Step of this
// process: 0 in the first one, and when the clock went backwards.
func (e *Evidence) watch(o *Observation, now time.Time) time.Duration {
	b := &e.Base
	if b.At.IsZero() || o.Candidate.behind(b.Candidate) || o.Stable.behind(b.Stable) ||
		o.CandidateWrites.behind(b.Writes) || o.StableWrites.behind(b.StableWrites) ||
		o.Retries < b.Retries || o.RetriesOK < b.RetriesOK {
		passed := elapsed(b.At, now)
		e.Base = Base{At: now}
		e.open(o, now)
		e.Base.count(o)
		return passed
	}
	passed := elapsed(b.At, now)
	b.At = now
	b.Opened = earlier(b.Opened, now)
	e.Users += grown(b.Users, o.Users)
	e.UserErrors += grown(b.UserErrors, o.UserErrors)
	e.FailedAttempts += grown(b.FailedAttempts, o.FailedAttempts)
	b.count(o)
	b.Usable = max(b.Usable, o.CandidateUsable)
	b.Sent.AsSet = b.Sent.AsSet && o.Sent.AsSet
	if b.FailedAt.IsZero() && o.Candidate.Failures > b.Candidate.Failures {
		b.FailedAt = now
	}
	if b.WriteFailedAt.IsZero() && o.CandidateWrites.Failures > b.Writes.Failures {
		b.WriteFailedAt = now
	}
	return passed
}

// close ends the open tick if it is due, or in any case. Shared is whether both
// versions have a share of the traffic.
func (e *Evidence) close(o *Observation, now time.Time, shared, anyway bool) (tick, bool) {
	b := &e.Base
	t := tick{
		age:       elapsed(b.Opened, now),
		candidate: o.Candidate.since(b.Candidate),
		stable:    o.Stable.since(b.Stable),
		usable:    b.Usable,
		retries:   o.Retries - b.Retries,
		retriesOK: o.RetriesOK - b.RetriesOK,
		failedAt:  b.FailedAt,

		writes:        o.CandidateWrites.since(b.Writes),
		stableWrites:  o.StableWrites.since(b.StableWrites),
		writeFailedAt: b.WriteFailedAt,

		sentCandidate: float64(o.Sent.Candidate) - float64(b.Sent.Candidate),
		sentStable:    float64(o.Sent.Stable) - float64(b.Sent.Stable),
		asSet:         b.Sent.AsSet,

		failedIDs: latest(o.FailedIDs, grown(b.FailedSeen, o.FailedSeen)),
	}
	if !anyway && !t.over(shared) {
		return tick{}, false
	}
	if t.candidate.Failures > 0 || t.writes.Failures > 0 || len(e.Without) > 0 {
		t.endpoints = apart(b.Endpoints, o.Endpoints)
	}
	e.open(o, now)
	return t, true
}

// over says whether a tick is to be closed. Failed writes count for that like any: by
// which version reads fail is nothing to them.
func (t *tick) over(shared bool) bool {
	failures := t.candidate.Failures + t.stable.Failures + t.writes.Failures
	requests := t.candidate.Requests + t.stable.Requests + t.writes.Requests
	lonely := shared && t.writes.Failures == 0 && requests > 0 && requests < tickFew && (t.candidate.Requests == 0 || t.stable.Requests == 0)
	return t.age >= tickTime && !lonely || t.age >= tickLonger || failures >= tickErrors ||
		failures > 0 && t.age >= tickSoon && requests >= tickRequests
}

// apart is what each endpoint has done between two readings; those that did
// nothing are left out. Readings nearly always have the same endpoints in the
// same order.
func apart(before, after []EndpointCount) []EndpointCount {
	var out []EndpointCount
	for i, p := range after {
		j := i
		if j >= len(before) || before[j].Address != p.Address {
			j = slices.IndexFunc(before, func(q EndpointCount) bool { return q.Address == p.Address })
		}
		if j >= 0 && !p.behind(before[j].Counts) {
			p.Counts = p.since(before[j].Counts)
			for k := range p.Slow {
				p.Slow[k] = grown(before[j].Slow[k], p.Slow[k])
			}
		}
		if j >= 0 && !p.Writes.behind(before[j].Writes) {
			p.Writes = p.Writes.since(before[j].Writes)
		}
		if p.Requests+p.Writes.Requests > 0 {
			out = append(out, p)
		}
	}
	return out
}

// latest are the last n of ids.
func latest(ids []string, n uint64) []string {
	return ids[uint64(len(ids))-min(n, uint64(len(ids))):]
}

// open begins a tick at o.
func (e *Evidence) open(o *Observation, now time.Time) {
	b := &e.Base
	b.Opened = now
	b.Stable, b.Candidate = o.Stable, o.Candidate
	b.StableWrites, b.Writes = o.StableWrites, o.CandidateWrites
	b.Retries, b.RetriesOK = o.Retries, o.RetriesOK
	b.Usable, b.Sent = o.CandidateUsable, o.Sent
	b.FailedAt, b.WriteFailedAt, b.FailedSeen = time.Time{}, time.Time{}, o.FailedSeen
	if !slices.Equal(b.Endpoints, o.Endpoints) {
		b.Endpoints = slices.Clone(o.Endpoints)
	}
}

func (b *Base) count(o *Observation) {
	b.Users, b.UserErrors, b.FailedAttempts = o.Users, o.UserErrors, o.FailedAttempts
	b.Mirror = o.Mirror
}

// retries are those of the excursion, up to now.
func (e *Evidence) retries(o *Observation) (ended, ok uint64) {
	return e.Excursion.Retries + grown(e.Base.Retries, o.Retries),
		e.Excursion.RetriesOK + grown(e.Base.RetriesOK, o.RetriesOK)
}

func (c Counts) behind(base Counts) bool {
	return c.Requests < base.Requests || c.Failures < base.Failures || c.ClientErrors < base.ClientErrors
}

// since is the growth from base. Requests and failures are read one after the
// other, so a failure can be seen before its request.
func (c Counts) since(base Counts) Counts {
	d := Counts{
		Requests:     c.Requests - base.Requests,
		Failures:     c.Failures - base.Failures,
		ClientErrors: c.ClientErrors - base.ClientErrors,
	}
	d.Requests = max(d.Requests, d.Failures)
	return d
}

func grown(from, to uint64) uint64 { return to - min(from, to) }

func elapsed(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(0, now.Sub(at))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
