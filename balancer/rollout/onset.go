package rollout

import (
	"time"

	"weir/balancer/verdict"
)

// Onset remembers when the candidate's trouble began, as far as the tests tell
// it: a random walk that ends high has left its lowest point where the change
// was. Times are those of the first failure after that; zero: none since.
type Onset struct {
	// Rise is how far each alternative of Worse is above the least that it has come
	// to without beginning again, Worse the first failure since then.
	Rise  [verdict.Alternatives]float64   `json:"rise"`
	Worse [verdict.Alternatives]time.Time `json:"worse"`
	// Over is the first failure since Alone had nothing against the candidate.
	Over time.Time `json:"over"`
}

// feed follows the tests, which have the tick already; before is what Worse was.
func (o *Onset) feed(t *tick, before *[verdict.Alternatives]float64, tests *Tests) {
	for k, l := range tests.Worse.L {
		if o.Rise[k] += l - before[k]; o.Rise[k] <= 0 {
			o.Rise[k], o.Worse[k] = 0, time.Time{}
		} else {
			o.Worse[k] = first(o.Worse[k], t)
		}
	}
	if tests.Alone.Quiet() {
		o.Over = time.Time{}
	} else {
		o.Over = first(o.Over, t)
	}
}

func first(known time.Time, t *tick) time.Time {
	if known.IsZero() && t.candidate.Failures > 0 {
		return t.failedAt
	}
	return known
}

// worse is the onset by the alternative that explains best what was seen since.
// Where the candidate also fails too much in itself, that tells better when it
// began: successes count there, while a comparison goes by failures alone and takes
// an ordinary one of a moment before for the first.
func (o *Onset) worse(tests *Tests) time.Time {
	if tests.Alone.Alarm() && !o.Over.IsZero() {
		return o.Over
	}
	best := 0
	for k, rise := range o.Rise {
		if rise > o.Rise[best] {
			best = k
		}
	}
	return o.Worse[best]
}

// any is the onset when no test has decided.
func (o *Onset) any(tests *Tests) time.Time {
	if !o.Over.IsZero() {
		return o.Over
	}
	return o.worse(tests)
}
