//go:build !race

package verdict_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"weir/balancer/verdict"
)

func TestGuardGolden(t *testing.T) {
	// Three dead requests at a limit of 5 %: the mean of (p_k/0.05)^3.
	g := verdict.NewGuard(0.05)
	g.Tick(3, 3)
	sum := 0.0
	for _, m := range []float64{1.25, 1.5, 2, 3, 5, 10, 10.5, 10.5} {
		sum += m * m * m
	}
	if got, want := g.LogE(), math.Log(sum/8); math.Abs(got-want) > 1e-12 {
		t.Errorf("LogE = %v, want %v", got, want)
	}
	g.Tick(1000, 0)
	if g.LogE() >= 0 {
		t.Errorf("after a thousand successes LogE = %v, want below 0", g.LogE())
	}
}

func TestWithoutALimitNothingMoves(t *testing.T) {
	for _, limit := range []float64{0, -1, 1, 1 - 1e-16, 7, math.NaN(), math.Inf(1)} {
		g, c := verdict.NewGuard(limit), verdict.NewCUSUM(limit)
		g.Tick(1000, 1000)
		c.Tick(1000, 1000)
		if g.LogE() != 0 || c.Level() != 0 || c.Alarm() || !c.Quiet() {
			t.Errorf("limit %v: LogE %v, level %v, want 0", limit, g.LogE(), c.Level())
		}
	}
}

func TestGuardFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const runs = 400
	alarms := 0
	for range runs {
		g := verdict.NewGuard(0.05)
		for range 600 {
			g.Tick(20, binomial(rng, 20, 0.05))
			if g.LogE() >= condemned {
				alarms++
				break
			}
		}
	}
	if alarms > runs/100 {
		t.Errorf("%d of %d versions exactly at the limit alarmed, want at most 1 %%", alarms, runs)
	}
}

func TestCUSUMAlarms(t *testing.T) {
	c := verdict.NewCUSUM(0.05)
	c.Tick(1e6, 1000) // a long healthy past
	if !c.Quiet() {
		t.Fatalf("level %v after a healthy past, want 0", c.Level())
	}
	dead := 0
	for !c.Alarm() && dead < 100 {
		dead++
		c.Tick(1, 1)
	}
	if dead != 6 {
		t.Errorf("alarm after %d dead requests in a row, want 6: ln(800 000) at ln(10.5) each", dead)
	}
	c.Tick(1e6, 1e6)
	ok := 0
	for ; c.Alarm(); ok++ {
		c.Tick(1, 0)
	}
	if ok > 2000 {
		t.Errorf("%d successes until a long outage is over, want it forgotten within 2000", ok)
	}
}

func TestCUSUMRunLength(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	c := verdict.NewCUSUM(0.05)
	alarms := 0
	for range 400_000 {
		c.Tick(20, binomial(rng, 20, 0.045))
		if c.Alarm() {
			alarms++
			c = verdict.NewCUSUM(0.05)
		}
	}
	if alarms > 4 {
		t.Errorf("%d false alarms in 400 000 ticks, want at most one in 100 000", alarms)
	}
}

func TestExact(t *testing.T) {
	for _, c := range []struct {
		nc, ns, xc, xs uint64
		want           float64
	}{
		{5, 5, 5, 0, 1.0 / 252},
		{6, 6, 6, 0, 1.0 / 924},
		{8, 8, 7, 1, 65.0 / 12870}, // 7+1 of 16: (C(8,7)C(8,1)+1)/C(16,8)
		{10, 10, 0, 0, 1},
		{0, 10, 0, 5, 1},
		{10, 0, 5, 0, 1},
		{3, 3, 0, 3, 1},
		{1, 1, 1, 1 << 40, 1},
	} {
		if got := verdict.Exact(c.nc, c.ns, c.xc, c.xs); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Exact(%d, %d, %d, %d) = %v, want %v", c.nc, c.ns, c.xc, c.xs, got, c.want)
		}
	}
}

// Whatever is fed, evidence stays finite: it is persisted as JSON, which has
// neither NaN nor infinity, and comes back bit by bit.
func TestHostileNumbers(t *testing.T) {
	hostile := rapid.OneOf(
		rapid.SampledFrom([]float64{0, 1, -1, 1e-300, 1e18, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxUint64}),
		rapid.Float64(),
	)
	type evidence struct {
		Ratio       verdict.Ratio
		Restart     verdict.Restart
		Latency     verdict.Latency
		Certificate verdict.Certificate
		Sample      verdict.SampleRatio
		Guard       verdict.Guard
		CUSUM       verdict.CUSUM
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]float64{1e-9, 0.05, 0.5, 0.999}).Draw(t, "limit")
		r0 := rapid.SampledFrom([]float64{0, 1, 1.25, 1e9}).Draw(t, "r0")
		e := evidence{
			Ratio: verdict.NewRatio(r0), Restart: verdict.NewRestart(r0), Certificate: verdict.NewCertificate(r0, limit),
			Guard: verdict.NewGuard(limit), CUSUM: verdict.NewCUSUM(limit),
		}
		for range rapid.IntRange(1, 20).Draw(t, "ticks") {
			nc, ns := hostile.Draw(t, "nc"), hostile.Draw(t, "ns")
			xc, xs := hostile.Draw(t, "xc"), hostile.Draw(t, "xs")
			e.Ratio.Tick(nc, ns, xc, xs)
			e.Restart.Tick(nc, ns, xc, xs)
			e.Latency.Tick(nc, ns, [3]float64{xc, xs, 1}, [3]float64{xs, xc, 1})
			e.Certificate.Tick(nc, ns, xc, xs)
			e.Sample.Tick(hostile.Draw(t, "share"), nc, ns)
			if rapid.Bool().Draw(t, "begin") {
				e.Restart.Begin()
				e.Latency.Begin()
			}
			e.Guard.Tick(nc, xc)
			e.CUSUM.Tick(nc, xc)
		}
		for name, v := range map[string]float64{
			"ratio": e.Ratio.LogE(), "guard": e.Guard.LogE(), "cusum": e.CUSUM.Level(),
			"restart": e.Restart.LogE(), "latency": e.Latency.LogE(), "certificate": e.Certificate.LogE(), "sample": e.Sample.LogE(),
			"combined": verdict.Combine(e.Ratio.LogE(), 0),
		} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s = %v", name, v)
			}
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("marshal %+v: %v", e, err)
		}
		var back evidence
		if err := json.Unmarshal(b, &back); err != nil || back != e {
			t.Errorf("%+v came back as %+v, %v", e, back, err)
		}
	})
}

func TestExactHostileNumbers(t *testing.T) {
	n := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, math.MaxUint64, 1 << 53}), rapid.Uint64Range(0, 100))
	rapid.Check(t, func(t *rapid.T) {
		p := verdict.Exact(n.Draw(t, "nc"), n.Draw(t, "ns"), n.Draw(t, "xc"), n.Draw(t, "xs"))
		if !(p >= 0 && p <= 1) {
			t.Errorf("probability %v", p)
		}
	})
}

func binomial(rng *rand.Rand, n int, p float64) float64 {
	x := 0.0
	for range n {
		if rng.Float64() < p {
			x++
		}
	}
	return x
}

// TestExactIsTheSumOfItsTail adds every term of the distribution by itself.
func TestExactIsTheSumOfItsTail(t *testing.T) {
	choose := func(n, k uint64) float64 {
		if k > n {
			return math.Inf(-1)
		}
		a, _ := math.Lgamma(float64(n) + 1)
		b, _ := math.Lgamma(float64(k) + 1)
		c, _ := math.Lgamma(float64(n-k) + 1)
		return a - b - c
	}
	rapid.Check(t, func(t *rapid.T) {
		nc, ns := rapid.Uint64Range(1, 20_000).Draw(t, "nc"), rapid.Uint64Range(1, 20_000).Draw(t, "ns")
		xc, xs := rapid.Uint64Range(0, min(nc, 3000)).Draw(t, "xc"), rapid.Uint64Range(0, min(ns, 3000)).Draw(t, "xs")
		if xc+xs == 0 {
			xc = 1
		}
		want := 0.0
		for left := range xs + 1 {
			want += math.Exp(choose(nc, xc+xs-left) + choose(ns, left) - choose(nc+ns, xc+xs))
		}
		if got := verdict.Exact(nc, ns, xc, xs); math.Abs(got-want) > 1e-6*(want+1e-12) && math.Abs(got-min(want, 1)) > 1e-9 {
			t.Errorf("Exact(%d, %d, %d, %d) = %v, want %v", nc, ns, xc, xs, got, want)
		}
	})
}
