package rollout_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
	"weir/health/outcome"
)

// The buckets are those of what measures (semantics §11), to the nanosecond.
func TestLatencyBuckets(t *testing.T) {
	measures := outcome.NewVersion()
	var l rollout.Latency
	add := func(d time.Duration) {
		measures.FirstByte(0, true, d)
		l.Add(d)
	}
	for d := 50 * time.Microsecond; d < 200*time.Second; d += d/97 + 1 {
		add(d)
	}
	for i := range outcome.NumBuckets - 1 {
		bound := time.Duration(1e9 * math.Exp2(outcome.MinExp+float64(i)/outcome.BucketsPerDoubling))
		for d := bound - 1; d <= bound+1; d++ {
			add(d)
		}
	}
	var measured outcome.Totals
	measures.Totals(&measured)
	for i, n := range measured.FirstLatency.Counts {
		if l[i] != n {
			t.Errorf("%d latencies in bucket %d, where %d are measured", l[i], i, n)
		}
	}
}

// answers is traffic whose latencies differ: 90 requests of stable and 10 of each
// endpoint of the candidate in a second.
type answers struct {
	*bench
	rng               *rand.Rand
	stable, candidate rollout.Latency
}

func slowly(t *testing.T, p rollout.Plan, endpoints int) *answers {
	t.Helper()
	p.Rules.Latency, p.Rules.WarmUp = true, 10*time.Second
	a := &answers{bench: begin(t, p, 0), rng: rand.New(rand.NewPCG(1, 2))}
	a.obs.CandidateUsable = endpoints
	for i := 1; i < endpoints; i++ {
		a.obs.Endpoints = append(a.obs.Endpoints, rollout.EndpointCount{Address: string(rune('a' + i))})
	}
	a.obs.CandidateLatency, a.obs.StableLatency = &a.candidate, &a.stable
	return a
}

func (a *answers) draw() time.Duration {
	return time.Duration(50e6 * math.Exp(0.8*a.rng.NormFloat64()))
}

// second passes one, in which an endpoint's latencies are what slow makes of them.
func (a *answers) second(slow func(endpoint int, d time.Duration) time.Duration) {
	for range 90 {
		a.stable.Add(a.draw())
	}
	a.obs.Stable.Requests += 90
	for i := range a.obs.Endpoints {
		e := &a.obs.Endpoints[i]
		for range 10 {
			d := slow(i, a.draw())
			a.candidate.Add(d)
			for k, b := range a.state.Evidence.Slowness.CandidateBounds {
				if a.state.Evidence.Slowness.Known && outcome.Bucket(d) > int(b) {
					e.Slow[k]++
				}
			}
		}
		e.Requests += 10
		a.obs.Candidate.Requests += 10
	}
	a.wait(time.Second)
}

func as(_ int, d time.Duration) time.Duration { return d }

func twice(_ int, d time.Duration) time.Duration { return 2 * d }

func (a *answers) seconds(n int, slow func(int, time.Duration) time.Duration) {
	for i := 0; i < n && a.state.Phase != rollout.Reverting; i++ {
		a.second(slow)
	}
}

func TestSlowCandidateIsWorse(t *testing.T) {
	a := slowly(t, at(10), 1)
	a.seconds(9, twice)
	a.want(rollout.Paused, 10, "") // it warms up
	a.seconds(60, twice)
	a.want(rollout.Reverting, 0, "worse: v2 failed 0 of ")
	if !strings.Contains(a.state.Reason, " answers of v2 came later than ") || !strings.Contains(a.state.Reason, "its p") {
		t.Errorf("reason %q does not say how slow", a.state.Reason)
	}
	if a.state.Report.SecondsToZero != nil {
		t.Error("seconds to zero without a failure")
	}
}

func TestSlowCandidateIsTolerated(t *testing.T) {
	for name, slow := range map[string]func(int, time.Duration) time.Duration{
		"as stable": as,
		"a fifth":   func(_ int, d time.Duration) time.Duration { return d * 6 / 5 },
		"2 ms":      func(_ int, d time.Duration) time.Duration { return d + 2*time.Millisecond },
		"faster":    func(_ int, d time.Duration) time.Duration { return d / 2 },
	} {
		a := slowly(t, at(10), 1)
		a.seconds(600, slow)
		if a.state.Phase != rollout.Paused {
			t.Errorf("%s: %s: %s", name, a.state.Phase, a.state.Reason)
		}
	}
}

// An endpoint that is slow is the endpoint's fault; two of three are the release's.
func TestOneSlowEndpointIsNotTheRelease(t *testing.T) {
	one := func(endpoint int, d time.Duration) time.Duration {
		if endpoint == 1 {
			return 10 * d
		}
		return d
	}
	a := slowly(t, at(10), 3)
	a.seconds(300, one)
	a.want(rollout.Paused, 10, "")
	a = slowly(t, at(10), 3)
	a.seconds(120, func(endpoint int, d time.Duration) time.Duration {
		if endpoint > 0 {
			return 3 * d
		}
		return d
	})
	a.want(rollout.Reverting, 0, "worse: ")
}

// After ten healthy minutes it does not take as long again.
func TestSlownessThatComesLate(t *testing.T) {
	a := slowly(t, at(10), 1)
	a.seconds(600, as)
	a.seconds(60, twice)
	a.want(rollout.Reverting, 0, "worse: ")
}

// A common slowness is the common cause's, whatever stable's quantiles were before.
func TestSharedSlownessCancels(t *testing.T) {
	a := slowly(t, at(10), 1)
	draw := 1.0
	for i := range 300 {
		if i == 60 {
			draw = 8
		}
		for range 90 {
			a.stable.Add(time.Duration(draw * float64(a.draw())))
		}
		for range 10 {
			a.candidate.Add(time.Duration(draw * float64(a.draw())))
		}
		a.obs.Stable.Requests += 90
		a.obs.Candidate.Requests += 10
		a.wait(time.Second)
	}
	a.want(rollout.Paused, 10, "")
}

func TestLatencyIsOffAsAsked(t *testing.T) {
	a := slowly(t, at(10), 1)
	a.state.Plan.Rules.Latency = false
	a.seconds(60, twice)
	a.want(rollout.Paused, 10, "")
}
