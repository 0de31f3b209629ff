package rollout

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/balancer/verdict"
)

// Mirrored is what pairs say of the candidate: requests that stable answered and that
// were copied to it. The zero value is that of a rollout that has not mirrored.
//
// What both versions fail alike cancels within a pair, whatever it is: only pairs in
// which they disagree count.
type Mirrored struct {
	Pairs          uint64 `json:"pairs,omitempty"`
	Mismatches     uint64 `json:"mismatches,omitempty"`
	CandidateWorse uint64 `json:"candidate_worse,omitempty"`
	StableWorse    uint64 `json:"stable_worse,omitempty"`
	Unclear        uint64 `json:"unclear,omitempty"`
	Dropped        uint64 `json:"dropped,omitempty"`
	// Differs: "more than a step's MaxMismatch of the answers differ", since the first
	// step with that limit; Alike is the certificate that they are fewer.
	Differs verdict.Guard       `json:"differs,omitzero"`
	Alike   verdict.Certificate `json:"alike,omitzero"`
	// Worse: "the candidate is the one that fails more than Tolerate times as often as
	// stable is", of the pairs in which one alone failed.
	Worse verdict.Ratio `json:"worse,omitzero"`
	// Examples are of pairs that disagreed, for operators.
	Examples []string `json:"examples,omitempty"`
}

// maxExamples is how many there are: enough to look into.
const maxExamples = 3

// Compared are the pairs of which both versions answered, or neither.
func (m *Mirrored) Compared() uint64 { return m.Pairs - min(m.Pairs, m.CandidateWorse+m.StableWorse) }

// feed adds what was counted between two looks. limit is the step's MaxMismatch.
func (m *Mirrored) feed(was, now *MirrorCounts, limit, tolerate float64) {
	if m.Differs.Limit != limit { // a step that asks for something else
		m.Differs, m.Alike = verdict.NewGuard(limit), verdict.NewCertificate(0, limit)
	}
	if m.Worse.Tolerate == 0 {
		m.Worse = verdict.NewRatio(tolerate)
	}
	pairs, differ := grown(was.Pairs, now.Pairs), grown(was.Mismatches, now.Mismatches)
	worse, better := grown(was.CandidateWorse, now.CandidateWorse), grown(was.StableWorse, now.StableWorse)
	compared := float64(pairs - min(pairs, worse+better))
	m.Pairs += pairs
	m.Mismatches += differ
	m.CandidateWorse += worse
	m.StableWorse += better
	m.Unclear += grown(was.Unclear, now.Unclear)
	m.Dropped += grown(was.Dropped, now.Dropped)
	m.Differs.Tick(compared, float64(differ))
	m.Alike.Tick(compared, 0, float64(differ), 0)
	m.Worse.Tick(float64(pairs), float64(pairs), float64(worse), float64(better)) // each was asked the same
	if e := now.Example; e != "" && differ+worse > 0 && len(m.Examples) < maxExamples && !slices.Contains(m.Examples, e) {
		m.Examples = slices.Concat(m.Examples, []string{e}) // a new slice: Step shares nothing
	}
}

// mirrorParts is how many tests judge pairs: each has its part of alpha, and all
// together do not revert more often than that without a reason.
const mirrorParts = 2

func (r Rules) mirrorBound() float64 { return r.bound() + math.Log(mirrorParts) }

// judgeMirror applies the rules of pairs. They are armed as long as the rollout: what
// was found is found, and nothing is added to it once users answer the question.
func (s *State) judgeMirror() finding {
	m, r := &s.Evidence.Mirrored, s.Plan.Rules
	if m.Pairs == 0 {
		return finding{}
	}
	found := func(format string, e float64, a ...any) finding {
		return finding{revert: true, reason: func() string {
			return fmt.Sprintf(format, a...) + fmt.Sprintf("; e-value %s reaches %s (alpha %g of %g)%s",
				evalue(e), evalue(r.mirrorBound()), r.Alpha/mirrorParts, r.Alpha, m.shown())
		}}
	}
	if e := m.Worse.LogE(); e >= r.mirrorBound() && enough(Counts{Failures: m.CandidateWorse}, r) {
		return found("worse: of %d mirrored requests %s failed %d that %s answered, and %s failed %d that %s answered (r0 %g)", e,
			m.Pairs, s.Plan.To, m.CandidateWorse, s.Plan.From, s.Plan.From, m.StableWorse, s.Plan.To, m.Worse.Tolerate)
	}
	if e := m.Differs.LogE(); e >= r.mirrorBound() {
		return found("mismatch: %s, over max_mismatch %s", e, s.mismatches(), percent(m.Differs.Limit))
	}
	return finding{}
}

// mismatches says how many answers differed and what their part may be, for people.
func (s *State) mismatches() string {
	m, alpha := &s.Evidence.Mirrored, s.Plan.Rules.Alpha
	n, what := m.Compared(), fmt.Sprintf("%s answered %d of %d mirrored requests unlike %s", s.Plan.To, m.Mismatches, m.Compared(), s.Plan.From)
	if n == 0 || !(alpha > 0 && alpha < 1) {
		return what
	}
	low, rate, high := verdict.Rate(float64(n), float64(m.Mismatches), alpha)
	return fmt.Sprintf("%s (%s, with %s from %s to %s)", what, percent(rate), percent(1-alpha), percent(low), percent(high))
}

// shown are the examples, for people.
func (m *Mirrored) shown() string {
	if len(m.Examples) == 0 {
		return ""
	}
	return "; for example " + strings.Join(m.Examples, "; ")
}

// likeness says what is known of that, for people.
func (s *State) likeness() string {
	m, c := &s.Evidence.Mirrored, s.Plan.Certify
	word := "is below"
	if m.alike(c) {
		word = "reaches"
	}
	return fmt.Sprintf("%s, with max_mismatch %s; e-value %s %s %s (alpha %g)", s.mismatches(), percent(m.Alike.MaxErrorRate),
		evalue(m.Alike.LogRate()), word, evalue(-math.Log(c.Alpha)), c.Alpha)
}

// alike reports that fewer answers differ than the step's MaxMismatch, as sure as a
// certificate is.
func (m *Mirrored) alike(c Certify) bool {
	return c.Alpha > 0 && c.Alpha < 1 && m.Alike.LogRate() >= -math.Log(c.Alpha)
}
