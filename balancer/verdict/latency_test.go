//go:build !race

package verdict_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"weir/balancer/verdict"
)

// lognormal is a latency in seconds: median 50 ms, sigma 0.8.
func lognormal(rng *rand.Rand) float64 { return 0.05 * math.Exp(0.8*rng.NormFloat64()) }

// slow runs a candidate at 10 % of 100 rps against stable until it is condemned,
// or for so many seconds, with thresholds at stable's true quantiles.
func slow(rng *rand.Rand, seconds int, candidate func() float64) (alarm int, ok bool) {
	thresholds := [verdict.Thresholds]float64{}
	for i, z := range []float64{0, 1.2816, 2.3263} {
		thresholds[i] = 0.05 * math.Exp(0.8*z)
	}
	count := func(n int, draw func() float64) (slower [verdict.Thresholds]float64) {
		for range n {
			d := draw()
			for i, t := range thresholds {
				if d > t {
					slower[i]++
				}
			}
		}
		return slower
	}
	var l verdict.Latency
	for s := range seconds {
		if s > 0 && s%60 == 0 {
			l.Begin()
		}
		nc, ns := poisson(rng, 10), poisson(rng, 90)
		l.Tick(nc, ns, count(int(nc), candidate), count(int(ns), func() float64 { return lognormal(rng) }))
		if l.LogE() >= condemned {
			return s + 1, true
		}
	}
	return 0, false
}

func TestLatencyFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	const runs = 100
	alarms := 0
	for range runs {
		if _, alarm := slow(rng, 600, func() float64 { return lognormal(rng) }); alarm {
			alarms++
		}
	}
	if alarms > 1 {
		t.Errorf("%d of %d equal candidates condemned, want at most 1 %%", alarms, runs)
	}
}

// Without the bound on a tick, and without restarts, verdict.md §3.9 has medians
// of 57, 20 and 10 s for the first three and of 22 s for the last.
func TestLatencyTimes(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for _, c := range []struct {
		name   string
		draw   func() float64
		within int
	}{
		{"a quarter slower", func() float64 { return 1.25 * lognormal(rng) }, 90},
		{"half as slow again", func() float64 { return 1.5 * lognormal(rng) }, 30},
		{"twice as slow", func() float64 { return 2 * lognormal(rng) }, 17},
		{"5 % take two seconds more", func() float64 {
			if rng.Float64() < 0.05 {
				return lognormal(rng) + 2
			}
			return lognormal(rng)
		}, 40},
	} {
		var took []int
		for range 51 {
			s, alarm := slow(rng, 900, c.draw)
			if !alarm {
				s = 900
			}
			took = append(took, s)
		}
		slices.Sort(took)
		if median := took[len(took)/2]; median > c.within {
			t.Errorf("%s: median %d s, want at most %d", c.name, median, c.within)
		} else {
			t.Logf("%s: median %d s", c.name, median)
		}
	}
}

// All of a second's requests are slow at once, as when a process stops for a
// moment: no single second condemns.
func TestLatencyOneHiccup(t *testing.T) {
	var l verdict.Latency
	for range 100 {
		l.Tick(100, 900, [3]float64{50, 10, 1}, [3]float64{450, 90, 9})
	}
	l.Tick(100, 900, [3]float64{100, 100, 100}, [3]float64{450, 90, 9})
	if l.LogE() >= condemned {
		t.Errorf("one second condemns: LogE = %v", l.LogE())
	}
	for range 15 {
		l.Tick(100, 900, [3]float64{100, 100, 100}, [3]float64{450, 90, 9})
	}
	if l.LogE() < condemned {
		t.Errorf("slow for 15 seconds: LogE = %v, want it condemned", l.LogE())
	}
}
