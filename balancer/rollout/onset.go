package rollout

import (
	"time"

	"weir/balancer/verdict"
)

// Onset remembers when the candidate's trouble began, as far as the tests tell
// it: a random walk that ends high has left its lowest point where the change
// was. Times are those of the first failure after that; zero: none since.
type Onset struct {
	// Least is the least that each alternative of Worse has come to, Worse the
	// first failure since then.
	Least [verdict.Alternatives]float64   `json:"least"`
	Worse [verdict.Alternatives]time.Time `json:"worse"`
	// Over is the first failure since Alone had nothing against the candidate.
	Over time.Time `json:"over"`
}

// feed follows the tests, which have the tick already.
func (o *Onset) feed(t *tick, tests *Tests) {
	for k, l := range tests.Worse.L {
		if l <= o.Least[k] {
			o.Least[k], o.Worse[k] = l, time.Time{}
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

// worse is the onset by the alternative that explains best what was seen.
func (o *Onset) worse(tests *Tests) time.Time {
	best := 0
	for k, l := range tests.Worse.L {
		if l > tests.Worse.L[best] {
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
