//go:build !race

package e2e

import (
	"regexp"
	"slices"
	"testing"
	"time"
)

// decidedAt is the failure with which a dead candidate is out at the latest.
const decidedAt = 8

// bounded demands that the candidate got, after the failure that decides, no more
// first attempts than requests were in flight then, and 8. A decision between the
// 3rd failure and that one, when a second ended there, is better still.
func bounded(t *testing.T, candidate *backend, shots []shot, decides int) {
	t.Helper()
	const minFailures = 3
	log := candidate.received()
	var failures []time.Time
	for _, r := range log {
		if r.status >= 500 {
			failures = append(failures, r.done)
		}
	}
	if len(failures) < minFailures {
		t.Fatalf("the candidate was out after %d failures: that was no verdict, and nothing is proved", len(failures))
	}
	slices.SortFunc(failures, time.Time.Compare)
	from := failures[min(decides, len(failures))-1]
	inflight, after := 0, 0
	for _, s := range shots {
		if !s.sent.After(from) && s.done.After(from) {
			inflight++
		}
	}
	for _, r := range log {
		if r.at.After(from) {
			after++
		}
	}
	t.Logf("%d failures; first attempts after number %d: %d, in flight then: %d; out %v after the first failure",
		len(failures), decides, after, inflight, log[len(log)-1].at.Sub(failures[0]).Round(time.Millisecond))
	if after > inflight+8 {
		t.Errorf("the candidate got %d requests after failure %d, want %d in flight then + 8 at most", after, decides, inflight)
	}
}

// What the reason of a revert says, by its rule: first attempts and failures of
// both versions and the e-value; where stable had no traffic, its retries.
var weighed = map[string]*regexp.Regexp{
	"worse": regexp.MustCompile(`^worse: v2 failed \d+ of \d+ first attempts \(.*%\), v1 failed \d+ of \d+ first attempts \(.*%\); e-value \S+ reaches \S+`),
	"errors": regexp.MustCompile(`^errors: v2 failed \d+ of \d+ first attempts \(.*%\), over max_error_rate 5%.* ` +
		`(v1 failed \d+ of \d+ first attempts.*e-value|\d+ of \d+ retries on v1 succeeded \(p )`),
}

// reverted demands what every revert leaves behind, in the answer and in the
// history: one of the rules as its reason, with the numbers.
func reverted(t *testing.T, w *weir, source string, rules ...string) {
	t.Helper()
	u := w.upstream()
	if u.Stable != "v1" || u.Split["v2"].Share != 0 || u.Split["v1"].Share != 1 {
		t.Errorf("after the revert: stable %s, split %v, want all on v1", u.Stable, u.Split)
	}
	h := w.history()
	if len(h) == 0 || h[0].Revision != u.Revision || h[0].Source != source || h[0].Stable != "v1" {
		t.Fatalf("newest revision in the history is %+v, want %d by the %s", h[:min(1, len(h))], u.Revision, source)
	}
	if !slices.ContainsFunc(rules, func(rule string) bool { return weighed[rule].MatchString(h[0].Reason) }) {
		t.Errorf("reason in the history %q: want one of the rules %v with the numbers of both versions", h[0].Reason, rules)
	}
	if source == "rollout" {
		if r := w.rollout(); r.State != "reverted" || r.Reason != h[0].Reason {
			t.Errorf("rollout %s, reason %q: want reverted, for the reason in the history %q", r.State, r.Reason, h[0].Reason)
		}
	}
}
