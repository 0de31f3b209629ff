//go:build !race

package e2e

import (
	"strings"
	"testing"
)

// Promise: each verb does what semantics §6 says of it, and nothing else, also
// through the real binary: pause, resume, promote --full, abort.
func TestVerbsByCommandLine(t *testing.T) {
	t.Parallel()
	_, v2, w := canary(t, `rollout: {strategy: canary, min_requests: 10, steps: [{weight: 10%, hold: 300ms}, {weight: 50%, hold: 10m}, {weight: 100%}], bake: 10m}`)
	w.does("rollout", "start", "api", "--to", "v2")
	w.does("rollout", "pause", "api", "--reason", "lunch")
	l := startLoad(t, loadOptions{addr: w.web, rate: 400, prefix: "verbs"})
	eventually(t, "more requests than the step needs", func() bool { return v2.count() > 80 })
	if r := w.rollout(); r.State != "paused" || r.Step != 1 || w.share("v2") != 0.1 || !strings.Contains(r.Reason, "lunch") {
		t.Errorf("after pause: %+v at %v, want paused in step 1 at 0.1, with the reason given", r, w.share("v2"))
	}
	w.does("rollout", "resume", "api")
	w.eventually("the step that was paused is over", func() bool { return w.share("v2") == 0.5 })
	if r := w.rollout(); r.State != "progressing" || r.Step != 2 {
		t.Errorf("after resume: %+v, want progressing in step 2", r)
	}
	w.does("rollout", "promote", "api", "--full")
	if r := w.rollout(); r.State != "baking" || w.share("v2") != 1 || w.upstream().Stable != "v1" {
		t.Errorf("after promote --full: %+v at %v, want baking at 1 with v1 still stable", r, w.share("v2"))
	}
	w.does("rollout", "abort", "api", "--reason", "second thoughts")
	u, r := w.upstream(), w.rollout()
	if r.State != "aborted" || !strings.HasPrefix(r.Reason, "operator") || !strings.Contains(r.Reason, "second thoughts") || r.Report == nil {
		t.Errorf("after abort: %+v, want aborted by an operator, with the reason given and the report", r)
	}
	if u.Stable != "v1" || u.Split["v1"].Share != 1 || u.Split["v2"].Share != 0 {
		t.Errorf("after abort: stable %s, split %v, want all on v1", u.Stable, u.Split)
	}
	noFailures(t, l.end())
	for _, verb := range []string{"pause", "resume", "promote", "abort"} {
		if stdout, stderr, code := w.cli("rollout", verb, "api"); code != 1 || stdout != "" || !strings.Contains(stderr, "rollout") {
			t.Errorf("weir rollout %s after the end: exit %d, %q, %q, want 1 and why on standard error", verb, code, stdout, stderr)
		}
	}
	if got := w.upstream().Revision; got != u.Revision {
		t.Errorf("revision %d after refused verbs, want %d still", got, u.Revision)
	}
}
