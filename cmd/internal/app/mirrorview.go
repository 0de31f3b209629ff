package app

import (
	"weir/balancer/rollout"
	"weir/balancer/verdict"
	"weir/proxy/admin/api"
)

// mirrorView is what copies have shown in the API's words; nil without any.
func mirrorView(s *rollout.State) *api.Mirror {
	m := &s.Evidence.Mirrored
	if s.Mirrors() == 0 && m.Pairs+m.Dropped == 0 {
		return nil
	}
	out := &api.Mirror{
		Share: s.Mirrors(), MaxMismatch: m.Differs.Limit,
		Pairs: m.Pairs, Compared: m.Compared(), Mismatches: m.Mismatches,
		CandidateFailed: m.CandidateWorse, StableFailed: m.StableWorse, Unclear: m.Unclear, Dropped: m.Dropped,
		Examples: append([]string{}, m.Examples...),
	}
	out.Low, _, out.High = verdict.Rate(float64(out.Compared), float64(out.Mismatches), s.Plan.Rules.Alpha)
	if out.Compared > 0 {
		out.Rate = float64(out.Mismatches) / float64(out.Compared)
	}
	return out
}
