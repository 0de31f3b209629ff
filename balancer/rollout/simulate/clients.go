package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Clients are who asks, each with a key by which the split chooses: few of them
// make most of the requests. Worlds may share them.
type Clients struct {
	// Dedupe counts one failure of a client, and its further ones neither as failures
	// nor as requests, as is done wherever the split is keyed. Without it one broken
	// client looks like a broken version.
	Dedupe bool
	// Early are so many clients, those that ask most, whose keys are the candidate's
	// as soon as it has a share. 0: nobody knows whose keys are.
	Early int

	weight   []float64 // part of all requests
	own      []float64 // part of its requests that fail whoever answers
	traffic  []float64 // sums of weight
	failures []float64 // sums of weight and own
}

// NewClients makes n clients of which the k-th asks in proportion to 1/k^skew
// (Zipf). own is the part of the k-th's requests that fails whoever answers, k
// from 0.
func NewClients(n int, skew float64, own func(k int) float64) *Clients {
	c := &Clients{Dedupe: true, weight: make([]float64, n), own: make([]float64, n)}
	all := 0.0
	for k := range n {
		c.weight[k] = math.Pow(float64(k+1), -skew)
		all += c.weight[k]
	}
	traffic, failures := 0.0, 0.0
	for k := range n {
		c.weight[k] /= all
		c.own[k] = own(k)
		traffic += c.weight[k]
		failures += c.weight[k] * c.own[k]
		c.traffic = append(c.traffic, traffic)
		c.failures = append(c.failures, failures)
	}
	return c
}

// failing is the part of all requests that fails whoever answers.
func (c *Clients) failing() float64 {
	if c == nil {
		return 0
	}
	return c.failures[len(c.failures)-1]
}

// keyed is what a world knows about its clients.
type keyed struct {
	position []float64 // by client, 0 to 100: below the candidate's percentage it is the candidate's
	failed   []bool    // has had its failure counted
	percent  float64   // that part is for
	part     float64   // of the successes that is the candidate's
}

// candidate says whether a client is the candidate's.
func (k *keyed) candidate(w *World, client int) bool {
	k.learn(w)
	return k.position[client] < w.State.Percent && w.Observed.CandidateUsable > 0
}

func (k *keyed) learn(w *World) {
	c := w.Clients
	if k.position == nil {
		k.position, k.failed, k.percent = make([]float64, len(c.weight)), make([]bool, len(c.weight)), -1
		for i := range k.position {
			if i >= c.Early {
				k.position[i] = 100 * w.rng.Float64()
			}
		}
	}
	if k.percent == w.State.Percent {
		return
	}
	k.percent = w.State.Percent
	part, all := 0.0, 0.0
	for i, weight := range c.weight {
		good := weight * (1 - c.own[i])
		all += good
		if k.position[i] < k.percent {
			part += good
		}
	}
	k.part = part / all
}

// client draws who made a request that may fail, and whether it fails by itself.
func (w *World) client(most float64) (client int, own bool) {
	c := w.Clients
	if u := w.rng.Float64() * (most + c.failing()); u < most {
		return drawn(w.rng, c.traffic), false
	}
	return drawn(w.rng, c.failures), true
}

func drawn(rng *rand.Rand, sums []float64) int {
	i, _ := slices.BinarySearch(sums, rng.Float64()*sums[len(sums)-1])
	return min(i, len(sums)-1)
}

// shareOfSuccesses is how many of n requests that succeed are the candidate's: by
// the weight of its clients, for each request anew.
func (w *World) shareOfSuccesses(n int) int {
	w.keyed.learn(w)
	p := w.keyed.part
	if w.Observed.CandidateUsable == 0 || p == 0 {
		return 0
	}
	if n < 50 {
		c := 0
		for range n {
			if w.rng.Float64() < p {
				c++
			}
		}
		return c
	}
	mean := float64(n) * p
	c := math.Round(mean + w.rng.NormFloat64()*math.Sqrt(mean*(1-p)))
	return int(min(max(c, 0), float64(n)))
}

// first says whether a failure is counted, and remembers it.
func (w *World) first(a attempt) bool {
	if w.Clients == nil || !w.Clients.Dedupe {
		return true
	}
	if w.keyed.failed[a.client] {
		return false
	}
	w.keyed.failed[a.client] = true
	return true
}
