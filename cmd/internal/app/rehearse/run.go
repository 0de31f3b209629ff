package rehearse

import (
	"cmp"
	"context"
	"runtime/debug"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

const (
	// overdue is the least time after which an attempt without an answer is given up,
	// overdueFactor how many times stable's p99 it is.
	overdue       = time.Second
	overdueFactor = 3
	// spread is the standard deviation of the logarithm of latencies, as is usual for
	// services, and tail how many medians the p99 then is.
	spread = 0.8
	tail   = 6.43
	// patience is how much longer than its plan a rollout may take before it is
	// left undecided.
	patience = time.Hour
	// gcPercent lets garbage grow: every look leaves some, and next to nothing lives.
	gcPercent = 1000
)

// Run simulates. It is cut short, with the error of ctx, when that ends; other
// errors are those of a file.
func Run(ctx context.Context, o Options) (Result, error) {
	src, err := o.source()
	if err != nil {
		return Result{}, err
	}
	p := src.plan()
	s := simulate.Setup{
		Plan: p, RPS: o.RPS, StableErrors: o.StableErrors, CandidateErrors: o.CandidateErrors, Posts: o.Posts,
		Endpoints: cmp.Or(o.Endpoints, len(src.candidate.Endpoints)), Most: most(&p, o.RPS),
	}
	if o.Hang {
		s.Hang = max(overdue, time.Duration(overdueFactor*tail*float64(o.Latency)))
	}
	if o.Latency > 0 {
		s.StableLatency = simulate.NewLatency(o.Latency, spread, 0, 0)
		s.CandidateLatency = simulate.NewLatency(cmp.Or(o.CandidateLatency, o.Latency), spread, 0, 0)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	runs, err := s.Many(ctx, o.Runs, o.Seed)
	if err != nil {
		return Result{}, err
	}
	return summarize(&o, &s, runs), nil
}

// most is how long a rollout may take: as long as its plan and half as long
// again, and so much that min_requests can be there.
func most(p *rollout.Plan, rps float64) time.Duration {
	all := p.Bake
	for _, s := range p.Steps {
		requests := float64(p.MinRequests) / (rps * s.Percent / 100)
		all += max(s.Hold, s.MaxHold, time.Duration(min(requests, 1e6)*float64(time.Second)))
	}
	return all + all/2 + patience
}
