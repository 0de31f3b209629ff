//go:build prove

package simulate_test

import (
	"fmt"
	"testing"
	"time"

	"weir/balancer/rollout/simulate"
)

// slowRows are candidates whose answers take longer, or whose errors are more, or
// both; stable's take 50 ms (log-normal, sigma 0.8) and 0.5 % of its requests fail.
var slowRows = []struct {
	times, late float64 // of stable's median; the part that comes 2 s later
	errors      float64
	fine        bool // no worse than is tolerated
	runs        int
}{
	{1, 0, 0.005, true, 1000}, {1.2, 0, 0.005, true, 1000}, {1.5, 0, 0.005, false, 200}, {2, 0, 0.005, false, 200}, {4, 0, 0.005, false, 200},
	{1, 0.02, 0.005, false, 200}, {1, 0.05, 0.005, false, 200}, {1, 0, 0.025, false, 200}, {1.5, 0, 0.015, false, 200}, {2, 0, 0.025, false, 200},
}

// combined is errors and latency as one e-value, by all rules.
func combined(t *testing.T) table {
	out := table{header: []string{"latency", "2 s late", "errors", "rollouts", "reverted", "median / 90 %"}}
	stable := simulate.NewLatency(50*time.Millisecond, 0.8, 0, 0)
	p := at(10)
	out.rows = each(slowRows, func(i int) []string {
		r := slowRows[i]
		candidate := simulate.NewLatency(time.Duration(r.times*float64(50*time.Millisecond)), 0.8, r.late, 2*time.Second)
		most := 10 * time.Minute
		if !r.fine {
			most = time.Hour
		}
		got := try(r.runs, most, func(seed uint64) *simulate.World {
			w := even(seed, p, 100, 0.005)
			w.Candidate = simulate.Everywhere(simulate.Constant(r.errors))
			w.StableLatency, w.CandidateLatency = stable, candidate
			return w
		})
		if r.fine {
			got.noMoreThan(t, 0.01, r)
		} else if got.reverted < got.runs {
			t.Errorf("%+v: %d of %d reverted within an hour, want all", r, got.reverted, got.runs)
		}
		return []string{fmt.Sprintf("× %v", r.times), percent(r.late), percent(r.errors), fmt.Sprint(r.runs), part(got.reverted, got.runs), got.times()}
	})
	return out
}
