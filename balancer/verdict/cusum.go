package verdict

import "math"

// runLength is the average number of ticks between two false alarms of a CUSUM.
const runLength = 100_000

// alarmLevel is where a CUSUM alarms: the bound divided among the alternatives.
var alarmLevel = math.Log(runLength * Alternatives)

// CUSUM finds the moment from which on the failure rate is above Limit, however
// long it was fine before: an e-detector that restarts each alternative when
// there is nothing against it (Shin, Ramdas, Rinaldo, arXiv 2203.03532). It
// bounds false alarms per time, not for ever: one in 100 000 ticks on average.
//
// The zero value has no limit and never moves.
type CUSUM struct {
	// Limit is the failure rate that is still fine, above 0 and at most
	// 0.999. Anything else: no limit.
	Limit float64 `json:"limit"`
	// C is the evidence for each alternative since it was last 0; never below
	// 0, and never above twice the alarm level, so that after the end of a long
	// outage it comes down in the time of a short one.
	C [Alternatives]float64 `json:"c"`
}

// NewCUSUM returns a detector without evidence.
func NewCUSUM(limit float64) CUSUM { return CUSUM{Limit: limit} }

// Tick adds completed requests and the failures among them.
func (c *CUSUM) Tick(requests, failures float64) {
	if !limited(c.Limit) {
		return
	}
	n, x := tick(requests, failures)
	for k := range c.C {
		c.C[k] = min(max(0, c.C[k]+step(k, c.Limit, n, x)), 2*alarmLevel)
	}
}

// Level is the evidence in parts of what alarms: 0 is none, 1 and more is an alarm.
func (c *CUSUM) Level() float64 {
	most := 0.0
	for _, v := range c.C {
		most = max(most, v)
	}
	return most / alarmLevel
}

// Alarm reports whether the rate is above Limit by now.
func (c *CUSUM) Alarm() bool { return c.Level() >= 1 }

// Quiet reports that there is nothing against the rate: whatever comes next
// begins a new excursion.
func (c *CUSUM) Quiet() bool { return c.Level() == 0 }
