package outcome

import "sync/atomic"

// Care counts what is done about an endpoint, besides what its attempts come to:
// cumulative, for metrics. The zero value is ready. Safe for concurrent use.
type Care struct {
	ejections      atomic.Uint64
	passed, failed atomic.Uint64
}

// CareTotals is one reading of a Care.
type CareTotals struct {
	Ejections      uint64 // how often its outcomes have taken it out
	Passed, Failed uint64 // active checks
}

// Ejected counts an ejection.
func (c *Care) Ejected() { c.ejections.Add(1) }

// Checked counts the end of an active check.
func (c *Care) Checked(passed bool) {
	if passed {
		c.passed.Add(1)
	} else {
		c.failed.Add(1)
	}
}

// Totals reads the counters.
func (c *Care) Totals() CareTotals {
	return CareTotals{Ejections: c.ejections.Load(), Passed: c.passed.Load(), Failed: c.failed.Load()}
}
