package app

import (
	"math"

	"weir/balancer/rollout"
	"weir/proxy/admin/api"
)

func evidenceView(s *rollout.State) *api.Evidence {
	p, e, r := s.Proof(), &s.Evidence, &s.Plan.Rules
	return &api.Evidence{
		Errors: eValue(p.Errors), Latency: eValue(p.Latency), Combined: eValue(p.Combined), Limit: eValue(p.Limit),
		Threshold: 1 / r.Alpha, Alpha: r.Alpha, MinFailures: r.MinFailures,
		Candidate: attempts(e.Candidate), Stable: attempts(e.Stable),
	}
}

func attempts(c rollout.Counts) api.Attempts {
	return api.Attempts{Requests: c.Requests, Failures: c.Failures}
}

// eValue is an e-value as JSON can have it, from its logarithm.
func eValue(log float64) float64 { return min(math.Exp(log), math.MaxFloat64) }
