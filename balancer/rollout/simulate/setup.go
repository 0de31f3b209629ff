package simulate

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"weir/balancer/rollout"
)

// Setup is a rollout that is simulated many times. Versions fail at the same rate
// from beginning to end.
type Setup struct {
	Plan             rollout.Plan
	RPS              float64       // users' requests a second, above 0
	StableErrors     float64       // part of requests that fails, 0 to 1
	CandidateErrors  float64       // part of requests that fails, 0 to 1
	Hang             time.Duration // the candidate's failures are attempts without an answer, given up after so long; 0: answers
	StableLatency    *Latency      // how long answers take; nil, and the candidate's too: not measured
	CandidateLatency *Latency
	Posts            float64       // part of requests that must not be retried, 0 to 1
	Endpoints        int           // of the candidate, 1 or more
	Most             time.Duration // a rollout that is undecided by then is left so
}

// Run is what came of one simulated rollout.
type Run struct {
	Phase   rollout.Phase // Succeeded, Reverting, or the one it was left in
	Reason  string
	Took    time.Duration // until then
	Percent float64       // the highest share that the candidate had
	Users   uint64        // users' requests
	// Failures are first attempts that failed on the candidate, UserErrors requests
	// that users saw fail, for whatever version's fault: the rest was retried.
	Failures, UserErrors uint64
	Ramp                 []Point
}

// Reverted says whether a rule took the candidate out.
func (r *Run) Reverted() bool { return r.Phase == rollout.Reverting }

// Once simulates one rollout. The same seed gives the same run.
func (s *Setup) Once(seed uint64) Run {
	w := New(seed, s.Plan, s.Endpoints)
	w.RPS, w.Calm, w.Eject, w.Promote, w.Hang, w.Posts = s.RPS, time.Second, true, true, s.Hang, s.Posts
	w.Stable, w.Candidate = Constant(s.StableErrors), Everywhere(Constant(s.CandidateErrors))
	w.StableLatency, w.CandidateLatency = s.StableLatency, s.CandidateLatency
	w.Run(s.Most)
	for _, h := range w.hanging { // in flight when it was decided: their users wait on
		w.failCandidate(h.attempt)
	}
	r := Run{
		Phase: w.State.Phase, Reason: w.State.Reason, Took: w.Elapsed(), Users: w.Observed.Users,
		Failures: w.Failures, UserErrors: w.Observed.UserErrors, Ramp: w.Ramp,
	}
	for _, p := range w.Ramp {
		r.Percent = max(r.Percent, p.Percent)
	}
	return r
}

// Many simulates n rollouts on all cores. What comes out depends on the seed
// alone. It is cut short, with the error of ctx, when that ends.
func (s *Setup) Many(ctx context.Context, n int, seed uint64) ([]Run, error) {
	runs := make([]Run, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				runs[i] = s.Once(nth(seed, i))
			}
		})
	}
	wg.Wait()
	return runs, ctx.Err()
}

// nth is the seed of a run: neighbouring seeds must not have runs in common.
func nth(seed uint64, run int) uint64 { return seed*0x9e3779b97f4a7c15 + uint64(run) }
