package config

import (
	"math"
	"time"
)

// Revert holds the rules that take a candidate's traffic away.
type Revert struct {
	MaxErrorRate float64       // share of failed first attempts that is too many in itself: above 0, below 1. Default 0.05
	Alpha        float64       // bound on false alarms in one rollout: above 0, up to 0.5. Default 0.01
	Tolerate     float64       // error ratio of candidate to stable that still counts as equal: 1..100. Default 1.25
	MinFailures  int           // failures before a candidate can be called worse: 1 or more. Default 3
	UnusableFor  time.Duration // without a usable endpoint before it is reverted: 0 or more. Default 5 s
	Errors       []StatusRange // statuses that are failures, within 400..599. Default 500-599
	Mode         string        // instant, which is the default, or stepped: the candidate keeps what stable cannot take
}

func defaultRevert() Revert {
	return Revert{
		MaxErrorRate: 0.05,
		Alpha:        0.01,
		Tolerate:     1.25,
		MinFailures:  3,
		UnusableFor:  5 * time.Second,
		Errors:       []StatusRange{{From: 500, To: 599}},
		Mode:         "instant",
	}
}

func (r *Revert) read(v value) {
	v.object(fields{
		"max_error_rate": may(ratio(&r.MaxErrorRate, "a percentage above 0% and below 100%, like 5%", func(p float64) bool {
			return 0 < p && p < 100
		})),
		"alpha": may(number(&r.Alpha, "a number above 0 up to 0.5, like 0.01", func(f float64) bool {
			return 0 < f && f <= 0.5
		})),
		"tolerate": may(number(&r.Tolerate, "a number from 1 to 100, like 1.25", func(f float64) bool {
			return 1 <= f && f <= 100
		})),
		"min_failures":         may(integer(&r.MinFailures, 1, math.MaxInt32)),
		"unusable_for":         may(duration(&r.UnusableFor, 0)),
		"errors":               may(statusSet(&r.Errors, 400, 599, "500-599")),
		"mode":                 may(choice(&r.Mode, []string{"instant", "stepped"})),
		"max_error_rate_plain": later,
		"max_latency_plain":    later,
	})
}
