package app

import (
	"testing"

	"weir/balancer/rollout"
	"weir/proxy/control"
)

// TestPlanViewOfWrites: the step that says so, else the last; none where they are not
// pinned.
func TestPlanViewOfWrites(t *testing.T) {
	for _, tt := range []struct {
		pinned bool
		says   int // the step; -1: none does
		want   int
	}{{false, -1, -1}, {true, -1, 2}, {true, 0, 0}, {true, 1, 1}} {
		p := control.PlanView{Plan: rollout.Plan{PinWrites: tt.pinned}, Steps: make([]rollout.Forecast, 3)}
		if tt.says >= 0 {
			p.Steps[tt.says].SwitchWrites = true
		}
		got := -1
		for i, s := range planView(&p).Steps {
			if s.Writes {
				got = i
			}
		}
		if got != tt.want {
			t.Errorf("pinned %v, step %d says so: writes go over with step %d, want %d", tt.pinned, tt.says, got, tt.want)
		}
	}
}
