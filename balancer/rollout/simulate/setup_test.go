package simulate_test

import (
	"reflect"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

func plan() rollout.Plan {
	return rollout.Plan{
		Strategy: "canary", From: "v1", To: "v2", MinRequests: 20, Bake: time.Minute,
		Rules: rollout.Rules{MaxErrorRate: 0.05, Alpha: 0.01, Tolerate: 1.25, MinFailures: 3, UnusableFor: 5 * time.Second},
		Steps: []rollout.PlanStep{{Percent: 10, Hold: 20 * time.Second}, {Percent: 50, Pause: true}, {Percent: 100}},
	}
}

func setup() simulate.Setup {
	return simulate.Setup{Plan: plan(), RPS: 100, StableErrors: 0.001, CandidateErrors: 0.001, Endpoints: 2, Most: time.Hour}
}

// The same seed gives the same runs, however many cores share them; another one
// gives others.
func TestManyIsDeterministic(t *testing.T) {
	s := setup()
	s.CandidateErrors = 0.05
	runs := func(seed uint64) []simulate.Run {
		t.Helper()
		out, err := s.Many(t.Context(), 20, seed)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := runs(1)
	if again := runs(1); !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed gave\n%+v\nand then\n%+v", first, again)
	}
	if other := runs(2); reflect.DeepEqual(first[1:], other[:19]) || reflect.DeepEqual(first, other) {
		t.Error("two seeds have their runs in common")
	}
}

func TestOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*simulate.Setup)
		phase rollout.Phase
		least time.Duration
		most  time.Duration
	}{
		{"healthy, promoted at the pause", func(*simulate.Setup) {}, rollout.Succeeded, 80 * time.Second, 90 * time.Second},
		{"asked, mirrored, and with writes held", func(s *simulate.Setup) {
			s.Plan.Steps = append([]rollout.PlanStep{{Mirror: 20, Hold: 10 * time.Second}}, s.Plan.Steps...)
			s.Plan.PinWrites, s.Plan.WriteHold = true, &rollout.WriteHold{Max: time.Second}
			for _, at := range []string{rollout.BeforeStart, rollout.BeforeStep, rollout.BeforeSwitch, rollout.AfterSwitch, rollout.BeforeFinish} {
				s.Plan.Gates = append(s.Plan.Gates, rollout.PlanGate{Name: at, At: at})
			}
		}, rollout.Succeeded, 90 * time.Second, 110 * time.Second},
		{"dead", func(s *simulate.Setup) { s.CandidateErrors = 1 }, rollout.Reverting, 0, 2 * time.Second},
		{"hanging", func(s *simulate.Setup) { s.CandidateErrors, s.Hang = 1, time.Second }, rollout.Reverting, time.Second, 3 * time.Second},
		{"never decided", func(s *simulate.Setup) { s.Most = 10 * time.Second }, rollout.Progressing, 10 * time.Second, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup()
			c.set(&s)
			r := s.Once(1)
			if r.Phase != c.phase || r.Took < c.least || r.Took > c.most {
				t.Errorf("%s after %v, want %s after %v to %v: %s", r.Phase, r.Took, c.phase, c.least, c.most, r.Reason)
			}
		})
	}
}

// What users see of a dead candidate is what cannot be retried.
func TestUsersOfADeadCandidate(t *testing.T) {
	s := setup()
	s.StableErrors, s.CandidateErrors = 0, 1
	if r := s.Once(1); r.Failures == 0 || r.UserErrors != 0 {
		t.Errorf("all retried: %d failures, users saw %d", r.Failures, r.UserErrors)
	}
	s.Posts = 1
	if r := s.Once(1); r.Failures == 0 || r.UserErrors != r.Failures {
		t.Errorf("nothing retried: %d failures, users saw %d", r.Failures, r.UserErrors)
	}
}

// However long the looks are, as many requests arrive as should.
func TestRequestsArriveAtTheirRate(t *testing.T) {
	for _, calm := range []time.Duration{0, time.Second} {
		w := simulate.New(1, plan(), 2)
		w.Calm, w.Stable, w.Candidate = calm, simulate.Constant(0.01), simulate.Everywhere(simulate.Constant(0.01))
		w.Run(time.Minute)
		if n := w.Observed.Users; n < 5990 || n > 6010 {
			t.Errorf("calm %v: %d requests in a minute, want 100 a second", calm, n)
		}
	}
}
