package rollout_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// A forecast says what is ahead of each step, and of one that mirrors how many pairs
// there will be.
func TestForecastOfWhatIsAhead(t *testing.T) {
	p := mirrored(gated(gate("expand", rollout.BeforeStart), gate("smoke", rollout.BeforeStep), rollout.PlanGate{Name: "lag", At: rollout.BeforeStep, Steps: []int{3}, Held: true}, gate("data", rollout.BeforeSwitch)))
	p.MinRequests, p.PinWrites, p.WriteHold = 600, true, &rollout.WriteHold{Max: time.Second}
	p.Steps[2].SwitchWrites = true
	steps := p.Forecast(rollout.Traffic{RPS: 10, ErrorRate: 0.01})
	for i, want := range []string{"expand", "smoke", "smoke, write_hold, lag", "smoke, data"} {
		if got := strings.Join(steps[i].Ahead, ", "); got != want {
			t.Errorf("ahead of step %d: %q, want %q", i+1, got, want)
		}
	}
	if m := steps[0]; m.Least != 5*time.Minute || m.Requests != 600 || m.Dead != rollout.Never {
		t.Errorf("mirrored: %+v, want 600 pairs in 5m", m)
	}
	bg := held(gate("data", rollout.BeforeSwitch))
	bg.BlueGreen.Approval = true
	if got := strings.Join(bg.Forecast(rollout.Traffic{})[0].Ahead, ", "); got != "preparation, data, approval, write_hold" {
		t.Errorf("ahead of the switch: %q", got)
	}
}

func TestForecastOfSteps(t *testing.T) {
	p := filePlan()
	steps := p.Forecast(rollout.Traffic{RPS: 100, ErrorRate: 0.01, Endpoints: 2, Overdue: time.Second})
	if len(steps) != len(p.Steps) {
		t.Fatalf("%d steps, want %d", len(steps), len(p.Steps))
	}
	// 20 requests at 1 % of 100 rps take 20 s, at 10 % two: then the hold decides.
	for i, want := range []struct {
		least    time.Duration
		requests float64
	}{{20 * time.Second, 20}, {20 * time.Second, 200}, {20 * time.Second, 500}, {200 * time.Millisecond, 20}} {
		if f := steps[i]; f.Least != want.least || math.Abs(f.Requests-want.requests) > 0.01 || f.Percent != p.Steps[i].Percent {
			t.Errorf("step %d: %+v, want at least %v with %v requests", i+1, f, want.least, want.requests)
		}
	}
	if last := steps[3]; last.Double != rollout.Never || last.Dead == rollout.Never {
		t.Errorf("at 100 %%, inside max_error_rate: %+v, want never for twice 1 %%, and a time for a dead one", last)
	}
	for _, f := range p.Forecast(rollout.Traffic{ErrorRate: 0.01}) {
		if f.Least != rollout.Never || f.Requests != 0 || f.Dead != rollout.Never || f.Hanging != rollout.Never {
			t.Errorf("without traffic: %+v", f)
		}
	}
	if got := (&rollout.Plan{}).Forecast(rollout.Traffic{RPS: 1}); len(got) != 1 || got[0].Percent != 100 {
		t.Errorf("a plan without steps: %+v, want one of 100 %%", got)
	}
}
