package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"weir/balancer/rollout"
	"weir/balancer/verdict"
)

// Latency is how long answers take to begin: log-normal, and some of them later.
// Worlds may share one.
type Latency struct {
	buckets [8192]uint8 // of answers that are equally likely
}

// NewLatency is of answers with that median, above 0, and that standard deviation
// of their logarithm; a part of them, 0 to 1, is late by so much.
func NewLatency(median time.Duration, sigma, part float64, late time.Duration) *Latency {
	l := &Latency{}
	n := len(l.buckets)
	most := int(math.Round(part * float64(n)))
	fill := func(to []uint8, by time.Duration) {
		for i := range to {
			q := (float64(i) + 0.5) / float64(len(to))
			z := math.Sqrt2 * math.Erfinv(2*q-1)
			to[i] = bucket(by + time.Duration(float64(median)*math.Exp(sigma*z)))
		}
	}
	fill(l.buckets[most:], 0)
	fill(l.buckets[:most], late)
	return l
}

// bucket is where a rollout counts an answer.
func bucket(d time.Duration) uint8 {
	var one rollout.Latency
	one.Add(d)
	for i, n := range one {
		if n > 0 {
			return uint8(i)
		}
	}
	panic("BUG: an answer in no bucket")
}

func (l *Latency) draw(rng *rand.Rand) uint8 {
	return l.buckets[rng.Uint64()%uint64(len(l.buckets))]
}

// answers are the latencies of both versions as they are observed.
type answers struct{ stable, candidate rollout.Latency }

// measure begins to observe latencies if there are any.
func (w *World) measure() {
	if w.answers == nil && w.StableLatency != nil && w.CandidateLatency != nil {
		w.answers = &answers{}
		w.Observed.StableLatency, w.Observed.CandidateLatency = &w.answers.stable, &w.answers.candidate
	}
}

func (w *World) answerStable(n int) {
	if w.answers == nil {
		return
	}
	for range n {
		w.answers.stable[w.StableLatency.draw(w.rng)]++
	}
}

func (w *World) answerCandidate(n, endpoint int) {
	if w.answers == nil {
		return
	}
	slow, bounds := &w.Observed.Endpoints[endpoint].Slow, &w.State.Evidence.Slowness.CandidateBounds
	for range n {
		b := w.CandidateLatency.draw(w.rng)
		w.answers.candidate[b]++
		for i := range verdict.Thresholds {
			if b > bounds[i] {
				slow[i]++
			}
		}
	}
}
