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

	Latency      bool          // slowness is part of the comparison with stable. Default true
	WarmUp       time.Duration // of answers before the candidate's latency counts: 0 or more. Default 30 s
	ClientErrors string        // Hold, which is the default, or Ignore: a share of 4xx above stable's
	SampleRatio  string        // Hold, which is the default, or Ignore: requests that do not go as the split says
	PlainErrors  PlainErrors   // zero unless written
	PlainLatency PlainLatency  // zero unless written
}

func defaultRevert() Revert {
	return Revert{
		MaxErrorRate: 0.05,
		Alpha:        0.01,
		Tolerate:     1.25,
		MinFailures:  3,
		Latency:      true,
		WarmUp:       30 * time.Second,
		ClientErrors: Hold,
		SampleRatio:  Hold,
		UnusableFor:  5 * time.Second,
		Errors:       []StatusRange{{From: 500, To: 599}},
		Mode:         "instant",
	}
}

func (r *Revert) read(v value) { v.object(r.fields()) }

func (r *Revert) fields() fields {
	return fields{
		"max_error_rate":       may(ratio(&r.MaxErrorRate, "a percentage above 0% and below 100%, like 5%", between(0, 100))),
		"alpha":                may(number(&r.Alpha, "a number above 0 up to 0.5, like 0.01", above(0, 0.5))),
		"tolerate":             may(number(&r.Tolerate, "a number from 1 to 100, like 1.25", within(1, 100))),
		"min_failures":         may(integer(&r.MinFailures, 1, math.MaxInt32)),
		"unusable_for":         may(duration(&r.UnusableFor, 0)),
		"errors":               may(statusSet(&r.Errors, 400, 599, "500-599")),
		"mode":                 may(choice(&r.Mode, []string{"instant", "stepped"})),
		"latency":              may(boolean(&r.Latency)),
		"warm_up":              may(duration(&r.WarmUp, 0)),
		"client_errors":        may(choice(&r.ClientErrors, []string{Hold, Ignore})),
		"sample_ratio":         may(choice(&r.SampleRatio, []string{Hold, Ignore})),
		"max_error_rate_plain": may(r.PlainErrors.read),
		"max_latency_plain":    may(r.PlainLatency.read),
	}
}

func (r *Revert) document() map[string]any {
	doc := map[string]any{
		"max_error_rate": percent(r.MaxErrorRate),
		"alpha":          decimal(r.Alpha),
		"tolerate":       decimal(r.Tolerate),
		"min_failures":   r.MinFailures,
		"unusable_for":   r.UnusableFor.String(),
		"errors":         statuses(r.Errors),
		"mode":           r.Mode,
		"latency":        r.Latency,
		"warm_up":        r.WarmUp.String(),
		"client_errors":  r.ClientErrors,
		"sample_ratio":   r.SampleRatio,
	}
	if p := r.PlainErrors; p.Window > 0 {
		doc["max_error_rate_plain"] = p.document()
	}
	if p := r.PlainLatency; p.Window > 0 {
		doc["max_latency_plain"] = p.document()
	}
	return doc
}
