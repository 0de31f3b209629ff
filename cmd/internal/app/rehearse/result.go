package rehearse

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/rollout/simulate"
)

// Result is what came of all runs. Times are in seconds, numbers of requests
// means over all runs.
type Result struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Steps     []Step  `json:"steps"`
	Bake      float64 `json:"bake_seconds"`
	Endpoints int     `json:"endpoints"`

	RPS              float64 `json:"requests_per_second"`
	StableErrors     float64 `json:"stable_errors"`
	CandidateErrors  float64 `json:"candidate_errors"`
	Latency          float64 `json:"latency_ms"` // medians; 0: not measured
	CandidateLatency float64 `json:"candidate_latency_ms"`
	Runs             int     `json:"runs"`
	Seed             uint64  `json:"seed"`

	Reverted          int     `json:"reverted"`
	Succeeded         int     `json:"succeeded"`
	Undecided         int     `json:"undecided"` // neither when it had taken half as long again as its plan, and an hour
	RevertProbability float64 `json:"revert_probability"`
	// Rules are how many runs each kind of rule reverted.
	Rules map[string]int `json:"rules"`
	// TimeToRevert is from the start of the rollout; nil when none was reverted.
	TimeToRevert *Times `json:"time_to_revert"`
	// RevertedAt are the highest shares of the runs that were reverted.
	RevertedAt []At `json:"reverted_at"`

	Users             float64 `json:"users_requests"`
	CandidateFailures float64 `json:"candidate_failures"` // first attempts that failed on the candidate
	UserErrors        float64 `json:"user_errors"`        // what users saw of them and of stable's

	// Median is the run whose time is the median of those that ended as most did.
	Median Example   `json:"median_run"`
	took   []float64 // of the reverted runs, sorted
}

// Step is one of the plan.
type Step struct {
	Percent   float64 `json:"weight"`
	Hold      float64 `json:"hold_seconds"`
	Certified bool    `json:"certified,omitempty"`
	MaxHold   float64 `json:"max_hold_seconds,omitempty"`
	Pause     bool    `json:"pause,omitempty"`
}

// Times are quantiles.
type Times struct {
	Least  float64 `json:"least"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	Most   float64 `json:"most"`
}

// At is how many runs were reverted that had come to a share.
type At struct {
	Percent float64 `json:"weight"`
	Runs    int     `json:"runs"`
}

// Example is one run.
type Example struct {
	Phase  string  `json:"state"`
	Reason string  `json:"reason"`
	Took   float64 `json:"seconds"`
	Ramp   []Point `json:"ramp"`
}

// Point is the moment from which on the candidate had a share.
type Point struct {
	At      float64 `json:"seconds"`
	Percent float64 `json:"weight"`
}

// Took are the times to the revert of those runs that were, sorted.
func (r *Result) Took() []float64 { return r.took }

func summarize(o *Options, s *simulate.Setup, runs []simulate.Run) Result {
	p := &s.Plan
	r := Result{
		From: p.From, To: p.To, Bake: p.Bake.Seconds(), Endpoints: s.Endpoints, Steps: []Step{}, Rules: map[string]int{},
		Latency: milliseconds(o.Latency), CandidateLatency: milliseconds(cmp.Or(o.CandidateLatency, o.Latency)),
		RPS: s.RPS, StableErrors: s.StableErrors, CandidateErrors: s.CandidateErrors, Runs: len(runs), Seed: o.Seed,
	}
	for _, st := range p.Steps {
		r.Steps = append(r.Steps, Step{st.Percent, st.Hold.Seconds(), st.Certified, st.MaxHold.Seconds(), st.Pause})
	}
	at := map[float64]int{}
	for i := range runs {
		run := &runs[i]
		switch {
		case run.Reverted():
			r.Reverted++
			r.took = append(r.took, run.Took.Seconds())
			at[run.Percent]++
			rule, _, _ := strings.Cut(run.Reason, ":")
			r.Rules[rule]++
		case run.Phase == rollout.Succeeded:
			r.Succeeded++
		default:
			r.Undecided++
		}
		r.Users += float64(run.Users) / float64(len(runs))
		r.CandidateFailures += float64(run.Failures) / float64(len(runs))
		r.UserErrors += float64(run.UserErrors) / float64(len(runs))
	}
	r.RevertProbability = float64(r.Reverted) / float64(len(runs))
	for percent, n := range at {
		r.RevertedAt = append(r.RevertedAt, At{percent, n})
	}
	slices.SortFunc(r.RevertedAt, func(a, b At) int { return cmp.Compare(a.Percent, b.Percent) })
	slices.Sort(r.took)
	if n := len(r.took); n > 0 {
		r.TimeToRevert = &Times{r.took[0], quantile(r.took, 0.5), quantile(r.took, 0.9), r.took[n-1]}
	}
	r.Median = r.example(runs)
	return r
}

// quantile of sorted values: the least of which at least that part is no greater.
func quantile(sorted []float64, q float64) float64 {
	i := int(q*float64(len(sorted))+1-1e-9) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

// example is the median run of those that ended as most did.
func (r *Result) example(runs []simulate.Run) Example {
	reverted := 2*r.Reverted >= len(runs)
	var like []*simulate.Run
	for i := range runs {
		if runs[i].Reverted() == reverted {
			like = append(like, &runs[i])
		}
	}
	slices.SortStableFunc(like, func(a, b *simulate.Run) int { return cmp.Compare(a.Took, b.Took) })
	run := like[(len(like)-1)/2]
	e := Example{Phase: string(run.Phase), Reason: run.Reason, Took: run.Took.Seconds()}
	if run.Reverted() {
		e.Phase = string(rollout.Reverted)
	}
	for _, p := range run.Ramp {
		e.Ramp = append(e.Ramp, Point{p.At.Seconds(), p.Percent})
	}
	return e
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Duration is seconds as a duration.
func Duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
