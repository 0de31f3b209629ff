package control

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

// The plan of a ramp goes by the requests that ask for the flag; of what nobody can know
// before, it says nothing.
func TestRampPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: rampFile(t, rampDefinitions), Store: state.NewMemory()})
		p, err := b.RampPlan("new-checkout", "")
		if err != nil || p.Plan.From != "off" || p.Plan.To != "on" || p.RPS != 0 || p.Least != rollout.Never || p.Steps[2].Dead != rollout.Never {
			t.Fatalf("without traffic: %+v, %v", p, err)
		}
		for variant, of := range map[string][2]uint64{"off": {900, 18}, "on": {90, 45}, "": {10, 0}} {
			a := b.current.Load().flags.live["new-checkout"].arm(variant)
			s := a.sum()
			s.Span, s.Requests, s.Errors = 10*time.Second, of[0], of[1]
			a.summary.Store(&s)
		}
		p, err = b.RampPlan("new-checkout", "on")
		if err != nil || p.RPS != 100 || p.Source != RateOfWindow || p.ErrorRate < 0.0197 || p.ErrorRate > 0.0198 {
			t.Fatalf("%+v, %v; want 100 requests a second, of which 18 in 910 fail", p, err)
		}
		if s := p.Steps[0]; s.Segment != "internal" || s.Least != 10*time.Second || s.Requests != 0 || s.Dead != rollout.Never {
			t.Errorf("of a segment: %+v", s)
		}
		if s := p.Steps[2]; s.Percent != 10 || s.Least != 10*time.Second || s.Requests < 99 || s.Requests > 101 || !(s.Dead < s.Ten && s.Ten < s.Double) || s.Double == rollout.Never {
			t.Errorf("at a tenth: %+v", s)
		}
		if s := p.Steps[3]; s.Percent != 100 || s.Dead != rollout.Never { // nobody is beside it: it holds
			t.Errorf("at 100 %%: %+v", s)
		}
		for _, c := range []struct {
			key, to string
			want    Kind
		}{{"nope", "", NotFound}, {"new-checkout", "half", NotFound}} {
			var r *Refusal
			if _, err := b.RampPlan(c.key, c.to); !errors.As(err, &r) || r.Kind != c.want {
				t.Errorf("plan of %s to %q: %v", c.key, c.to, err)
			}
		}
	})
}

// Of a ramp that runs the plan is its own.
func TestRampPlanOfTheRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := ramping(t, Options{Config: rampFile(t, rampDefinitions), Store: state.NewMemory()})
		time.Sleep(15 * time.Second)
		p, err := b.RampPlan("new-checkout", "")
		if err != nil || p.Plan.To != "on" || len(p.Steps) != 4 {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := b.RampPlan("new-checkout", "off"); err == nil {
			t.Error("a plan to another variant, while one runs")
		}
	})
}
