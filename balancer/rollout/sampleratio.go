package rollout

import "fmt"

// sampleSent adds what the split did during a closed tick at a share in percent.
// Nothing is known of a tick in which something else may have decided, too.
func (e *Evidence) sampleSent(t *tick, share float64) {
	if t.asSet {
		e.Sample.Tick(share/100, t.sentCandidate, t.sentStable)
	}
}

// judgeSampleRatio holds when the requests do not go where the split sends them:
// what is compared then are two kinds of requests.
func (s *State) judgeSampleRatio() finding {
	r, e := s.Plan.Rules, &s.Evidence
	if !r.SampleRatio || e.accepted(causeSampleRatio) || e.Sample.LogE() < r.bound() {
		return finding{}
	}
	return finding{cause: causeSampleRatio, reason: func() string {
		m := &e.Sample
		return fmt.Sprintf("sample_ratio: %.0f of %.0f requests went to %s (%s), where the split says %s; e-value %s reaches %s (alpha %g)",
			m.Candidate, m.Candidate+m.Stable, s.Plan.To, percent(m.Candidate/max(1, m.Candidate+m.Stable)), percent(m.Share),
			evalue(m.LogE()), evalue(r.bound()), r.Alpha)
	}}
}

// mended reports that the split does what it says again: by as many requests as
// a hold has to see.
func (e *Evidence) mended() bool {
	m := &e.Sample
	return m.Candidate+m.Stable >= clearSample && m.LogE() < 0
}
