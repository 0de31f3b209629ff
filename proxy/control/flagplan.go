package control

import (
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
)

// RampPlan says what a ramp of a flag to a variant would be like with the traffic of now.
// to may be "": the running ramp's variant, or the file's. While a ramp runs, it is the
// plan of that one. Of a flag that no request of users asks for nothing can be said but
// what its file does.
func (c *Control) RampPlan(key, to string) (PlanView, error) {
	w := c.current.Load()
	d, err := w.flag(key)
	if err != nil {
		return PlanView{}, err
	}
	f := w.flags
	var p *rollout.Plan
	if run := f.record(key).running(); run == nil {
		p, err = f.plan(d, RampOptions{To: to})
	} else if p = &run.Plan; to != "" && to != p.To {
		err = activeRamp(key, run)
	}
	if err != nil {
		return PlanView{}, err
	}
	out := PlanView{Plan: *p}
	out.RPS, out.ErrorRate, out.Source = f.live[key].traffic(p.To)
	out.forecast(rollout.Traffic{RPS: out.RPS, ErrorRate: out.ErrorRate, Endpoints: 1, Overdue: w.slowest()})
	return out, nil
}

// traffic is what all users ask for in a second, and how often those fail who do not have
// the variant; l may be nil.
func (l *liveFlag) traffic(to string) (rps, errorRate float64, source string) {
	var recent, all tally
	if l == nil {
		return 0, 0, RateAssumed
	}
	var t outcome.Totals
	for _, a := range l.arms {
		s := a.sum()
		if s.Span > 0 {
			rps += float64(s.Requests) / s.Span.Seconds()
		}
		if a.variant == to {
			continue
		}
		a.stats.Totals(&t)
		recent.add(s.Requests, s.Errors)
		all.add(t.Requests(), t.Failures())
	}
	errorRate, source = rateOf(recent, all)
	return rps, errorRate, source
}

// slowest is after what time an attempt is overdue, of the upstream that takes the longest.
func (w *world) slowest() (out time.Duration) {
	for _, u := range w.upstreams {
		out = max(out, time.Duration(u.shared.OverdueAfter.Load()))
	}
	return out
}
