package health

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestPhasesSpreadEvenly(t *testing.T) {
	const targets, slots, interval = 10_000, 20, 2 * time.Second
	var hits [slots]int
	for i := range targets {
		p := phaseOf(&Target{Upstream: "api", Version: "v1", Address: fmt.Sprintf("10.0.%d.%d:8080", i/256, i%256)}).in(interval)
		if p < 0 || p >= interval {
			t.Fatalf("phase = %v, want in [0, %v)", p, interval)
		}
		hits[p*slots/interval]++
	}
	for i, n := range hits { // 500 expected, standard deviation 22
		if n < 400 || n > 600 {
			t.Errorf("%d of %d targets in slot %d of %d", n, targets, i, slots)
		}
	}
}

func TestPhaseTellsNamesApart(t *testing.T) {
	a := phaseOf(&Target{Upstream: "ab", Version: "c"})
	b := phaseOf(&Target{Upstream: "a", Version: "bc"})
	if a == b {
		t.Errorf("two targets whose names differ only in their borders share the phase %v", a.in(time.Hour))
	}
}

func TestNextCheck(t *testing.T) {
	ms := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Millisecond) }
	for _, tc := range []struct {
		name       string
		from, want int // ms after the base
		late       float64
	}{
		{"before the first point", 0, 300, 0},
		{"on a point", 300, 300, 0},
		{"just behind a point", 301, 1300, 0},
		{"jitter is added", 301, 1350, 0.05},
		{"far on", 100_000, 100_300, 0},
	} {
		if got := nextCheck(epoch, ms(tc.from), time.Second, 300*time.Millisecond, tc.late); !got.Equal(ms(tc.want)) {
			t.Errorf("%s: from %d ms next = %v, want %d ms", tc.name, tc.from, got.Sub(epoch), tc.want)
		}
	}
}

func TestNextCheckIsOnTheGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "interval"))
		phase := time.Duration(rapid.Int64Range(0, int64(interval)-1).Draw(t, "phase"))
		from := epoch.Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "from")))
		at := nextCheck(epoch, from, interval, phase, 0)
		if at.Before(from) || at.Sub(from) >= interval && at.Sub(epoch) != phase {
			t.Fatalf("next = from + %v with interval %v", at.Sub(from), interval)
		}
		if off := (at.Sub(epoch) - phase) % interval; off != 0 {
			t.Fatalf("next is %v off the grid", off)
		}
	})
}
