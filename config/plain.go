package config

import (
	"math"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"
)

// What a rule that finds something does.
const (
	Hold   = "hold"   // the rollout does not advance until it is gone, or an operator resumes
	Ignore = "ignore" // nothing
)

const (
	plainWindow   = time.Minute
	plainRequests = 100
)

// PlainErrors reverts by the candidate's failed part of first attempts in a window,
// an estimate without a bound on false alarms. The zero value does not.
type PlainErrors struct {
	Rate        float64       // above 0, below 1
	Window      time.Duration // 1 s to 1 h. Default 1 m
	MinRequests int           // in the window, before it is looked at: 1 or more. Default 100
}

const wantPlainRate = "a percentage above 0% and below 100%, like 5%"

func (p *PlainErrors) read(v value) {
	p.Window, p.MinRequests = plainWindow, plainRequests
	v.object(fields{
		"rate":         need(wantPlainRate, ratio(&p.Rate, wantPlainRate, between(0, 100))),
		"window":       may(window(&p.Window)),
		"min_requests": may(integer(&p.MinRequests, 1, math.MaxInt32)),
	})
}

func (p *PlainErrors) document() map[string]any {
	return map[string]any{"rate": percent(p.Rate), "window": p.Window.String(), "min_requests": p.MinRequests}
}

// PlainLatency reverts by a quantile of the candidate's latency in a window, in the
// same way. The zero value does not.
type PlainLatency struct {
	Quantile    float64       // 0.5, 0.9 or 0.99
	Over        time.Duration // what it may be: 1 ms or more
	Window      time.Duration // 1 s to 1 h. Default 1 m
	MinRequests int           // answers in the window, before it is looked at: 1 or more. Default 100
}

// quantileKeys are those that max_latency_plain has one of.
var quantileKeys = map[string]float64{"p50": 0.5, "p90": 0.9, "p99": 0.99}

func (p *PlainLatency) read(v value) {
	p.Window, p.MinRequests = plainWindow, plainRequests
	keys := fields{
		"window":       may(window(&p.Window)),
		"min_requests": may(integer(&p.MinRequests, 1, math.MaxInt32)),
	}
	for key, q := range quantileKeys {
		keys[key] = may(func(at value) {
			if len(v.given("p50", "p90", "p99")) > 1 {
				at.failKey("one more: want one of p50, p90, p99")
			}
			p.Quantile = q
			duration(&p.Over, time.Millisecond)(at)
		})
	}
	v.object(keys)
	if len(v.given("p50", "p90", "p99")) == 0 && v.node.Kind == yaml.MappingNode { // else it is told already
		v.fail("no quantile: want one of p50, p90, p99 with a duration, like p99: 500ms")
	}
}

func (p *PlainLatency) document() map[string]any {
	return map[string]any{
		"p" + strconv.Itoa(int(100*p.Quantile)): p.Over.String(), "window": p.Window.String(), "min_requests": p.MinRequests,
	}
}

// window reads how much of the past an estimate is of.
func window(dst *time.Duration) func(value) {
	return like(shape{kind: durations, span: within(float64(time.Second), float64(time.Hour))}, one(dst, "a duration from 1s to 1h with its unit, like 1m", func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && time.Second <= d && d <= time.Hour
	}))
}
