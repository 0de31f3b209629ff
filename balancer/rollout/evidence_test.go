package rollout_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"weir/balancer/rollout"
)

var certify = rollout.Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05}

func TestCertified(t *testing.T) {
	p := at(10)
	p.Certify = certify
	b := begin(t, p, 0)
	certified := func(want bool) {
		t.Helper()
		b.wait(1100 * time.Millisecond)
		if got := b.state.Evidence.Certified(certify); got != want {
			t.Errorf("certified %v after %+v and %+v of stable, want %v (e-value %v)", got,
				b.state.Evidence.Candidate, b.state.Evidence.Stable, want, math.Exp(b.state.Evidence.Certificate.LogE()))
		}
	}
	certified(false)
	b.serve(3600, 0, 400, 0)
	certified(false)
	b.serve(1800, 0, 200, 0) // 600 without a failure: under 1 %
	certified(true)
	b.serve(900, 10, 100, 10)
	certified(false)
	b.serve(90_000, 2000, 10_000, 200) // no more often than stable, which often fails
	certified(true)
	if b.state.Evidence.Certified(rollout.Certify{}) {
		t.Error("certified at no level at all")
	}
}

// A record from before there were certificates and beginnings: it goes on.
func TestEvidenceOfBeforeIsReadOn(t *testing.T) {
	b := begin(t, at(10), 0)
	raw, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	e := m["evidence"].(map[string]any)
	for _, key := range []string{"certificate", "minute", "moved"} {
		delete(e, key)
	}
	l := []float64{0.5, 1, 1, 1, 1, 1, 1, 1}
	e["tests"].(map[string]any)["worse"] = map[string]any{"tolerate": 1.25, "l": l}
	e["onset"] = map[string]any{"least": l, "worse": make([]time.Time, len(l))}
	raw, _ = json.Marshal(m)
	var s rollout.State
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	b.state = s
	b.wait(0)
	b.serve(90, 0, 10, 10)
	b.wait(2 * time.Second)
	b.want(rollout.Reverting, 0, "worse: v2 failed 10 of 10 first attempts (100%)")
}

// The reason names the ratio, and how sure it is.
func TestReasonSaysTheRatio(t *testing.T) {
	b := begin(t, at(10), 0)
	b.serve(9000, 9, 1000, 40)
	b.wait(1100 * time.Millisecond)
	b.want(rollout.Reverting, 0, "; ratio 40, with 99% from ")
}
