//go:build !race

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mirroring is a rollout that copies all reads for two seconds, and then ramps quickly.
const mirroring = `
rollout:
  strategy: canary
  steps: [{mirror: 100%%, hold: 2s, max_mismatch: 0.5%%}, {weight: 100%%}]
  min_requests: 800
  bake: 0s
  mirror: {queue: 32, concurrency: 8, timeout: %s}
`

// mirrorAnswer is what GET .../rollout says of the copies.
type mirrorAnswer struct {
	Share                       float64
	Pairs, Compared, Mismatches uint64
	Low                         float64 `json:"mismatch_rate_low"`
	High                        float64 `json:"mismatch_rate_high"`
	CandidateFailed             uint64  `json:"candidate_failed"`
	StableFailed                uint64  `json:"stable_failed"`
	Dropped                     uint64
	Examples                    []string
}

func (w *weir) mirror() (m mirrorAnswer) {
	w.t.Helper()
	var r struct{ Mirror *mirrorAnswer }
	w.must("GET", "/v1/upstreams/api/rollout", "", &r)
	if r.Mirror != nil {
		m = *r.Mirror
	}
	return m
}

// mirrored begins such a rollout under a load, a tenth of which are POSTs.
func mirrored(t *testing.T, timeout string, candidate answerFunc) (v1, v2 *backend, w *weir, l *load) {
	t.Helper()
	v1, v2, w = canary(t, fmt.Sprintf(mirroring, timeout))
	if candidate != nil {
		v2.does(candidate)
	}
	l = startLoad(t, loadOptions{addr: w.web, rate: 400, postEvery: 10, prefix: "mirror"})
	eventually(t, "steady traffic", func() bool { return l.sofar() > 100 })
	w.startRollout("v2")
	return v1, v2, w, l
}

// unmoved demands that users had stable's answers only, all of them well.
func unmoved(t *testing.T, l *load) {
	t.Helper()
	for _, s := range l.end() {
		if s.err != nil || s.status != 200 || s.version != "v1" {
			t.Fatalf("%v: want v1's answer", s)
		}
	}
}

// Promise: a candidate that answers as stable does goes through mirroring to the end,
// and gets no write of anybody before it has a share.
func TestMirroredCandidateThatIsAlike(t *testing.T) {
	t.Parallel()
	_, v2, w, l := mirrored(t, "10s", nil)
	w.eventually("pairs", func() bool { return w.mirror().Pairs > 200 })
	for _, r := range v2.received() {
		if r.method != http.MethodGet {
			t.Fatalf("the candidate got a copy of %s", r.method)
		}
	}
	w.rolloutIs("succeeded")
	noFailures(t, l.end())
	m := w.mirror()
	if m.Share != 0 || m.Mismatches != 0 || m.Compared < 100 || m.CandidateFailed+m.StableFailed != 0 || len(m.Examples) != 0 || m.High > 0.1 {
		t.Errorf("mirror %+v: want pairs alike", m)
	}
	out, _, _ := w.cli("rollout", "status", "api")
	if !strings.Contains(out, "mirrored:") || !strings.Contains(out, "answers differ (0%, from 0% to") {
		t.Errorf("status:\n%s", out)
	}
}

// Promise: a candidate that answers otherwise in one case of fifty is found, by numbers
// that are right, before it has a single user.
func TestMirroredCandidateThatDiffers(t *testing.T) {
	t.Parallel()
	_, _, w, l := mirrored(t, "10s", func(n int, _ *http.Request) reply {
		if n%50 == 0 {
			return reply{status: 404}
		}
		return reply{}
	})
	r := w.rolloutIs("reverted")
	unmoved(t, l)
	m := w.mirror()
	if m.Mismatches*50 > m.Compared+100 || m.Compared > 50*m.Mismatches+100 || m.Low == 0 || m.Low > 0.02 || m.High < 0.02 {
		t.Fatalf("mirror %+v: want every fiftieth to differ", m)
	}
	for _, part := range []string{"mismatch: v2 answered ", " mirrored requests unlike v1 (", "over max_mismatch 0.5%", "for example GET /"} {
		if !strings.Contains(r.Reason, part) {
			t.Errorf("reason %q: want %q", r.Reason, part)
		}
	}
	if len(m.Examples) == 0 || !strings.Contains(m.Examples[0], "v2: status 404, not 200") {
		t.Errorf("examples %q", m.Examples)
	}
	t.Logf("found after %d pairs: %s", m.Pairs, r.Reason)
}

// Promise: a candidate that does not answer costs its users nothing; copies are
// dropped, and it is reverted.
func TestMirroredCandidateThatHangs(t *testing.T) {
	_, _, w, l := mirrored(t, "300ms", func(int, *http.Request) reply { return reply{hang: true} })
	r := w.rolloutIs("reverted")
	shots := l.end()
	unmoved(t, l)
	if slowest := slowestOf(shots, isGet); slowest > time.Second {
		t.Errorf("a GET took %v, want none to wait for the candidate", slowest)
	}
	if m := w.mirror(); m.Dropped == 0 || m.CandidateFailed < 10 || m.StableFailed != 0 {
		t.Errorf("mirror %+v: want copies dropped, and failed ones", m)
	}
	if !strings.HasPrefix(r.Reason, "worse: ") || !strings.Contains(r.Reason, "no answer within 300ms") {
		t.Errorf("reason %q", r.Reason)
	}
	if !strings.Contains(w.metrics(), `weir_mirror_requests_total{outcome="dropped",upstream="api",version="v2"}`) {
		t.Error("no dropped copy in the metrics")
	}
}
