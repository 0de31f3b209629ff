package outcome

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBudgetRefills(t *testing.T) {
	b := NewBudget(2, 0.5, 1)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for i, step := range []struct {
		requests uint64
		ms       int
		want     bool
	}{
		{100, 0, true}, {100, 0, true}, {100, 0, false}, // starts full, whatever came before
		{101, 0, false}, {102, 0, true}, {102, 0, false}, // two requests bring one
		{102, 999, false}, {102, 1000, true}, {102, 1000, false}, // and so does a second
		{103, 1500, true}, {103, 1500, false}, // or half of each
		{9000, 99000, true}, {9000, 99000, true}, {9000, 99000, false}, // never more than burst
		{8000, 50000, false}, // an older reading brings nothing
	} {
		if got := b.Take(step.requests, at(step.ms)); got != step.want {
			t.Errorf("step %d: Take(%d, +%d ms) = %v, want %v", i, step.requests, step.ms, got, step.want)
		}
	}
}

func TestBudgetOfNothing(t *testing.T) {
	b := NewBudget(0, 1, 100)
	for i := range 10 {
		if b.Take(uint64(100*i), start.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("a budget with burst 0 gave a token in second %d", i)
		}
	}
}

// The model is a bucket that is refilled at every call, in floating point. Numbers
// are powers of two, so both are exact.
func TestBudgetAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quarter := func(name string, most int) float64 { return float64(rapid.IntRange(0, most).Draw(t, name)) / 4 }
		burst, ratio, perSecond := quarter("burst", 40), quarter("ratio", 8), quarter("per second", 40)
		b := NewBudget(burst, ratio, perSecond)
		tokens, requests, now := burst, rapid.Uint64Range(0, 1<<40).Draw(t, "requests so far"), start
		for i := range rapid.IntRange(1, 100).Draw(t, "calls") {
			more := rapid.Uint64Range(0, 5).Draw(t, "more requests")
			quarters := rapid.IntRange(0, 5).Draw(t, "quarter seconds")
			if i > 0 { // the first call sets where counting begins
				tokens = min(burst, tokens+float64(more)*ratio+float64(quarters)/4*perSecond)
				requests += more
				now = now.Add(time.Duration(quarters) * time.Second / 4)
			}
			want := tokens >= 1
			if want {
				tokens--
			}
			if got := b.Take(requests, now); got != want {
				t.Fatalf("call %d: Take = %v, want %v with %v tokens left", i, got, want, tokens)
			}
		}
	})
}

// Takers race each other and the growth of requests: all together never get more
// than the burst and what the requests brought.
func TestBudgetNeverGivesMoreThanAllowedToRacers(t *testing.T) {
	const takers, calls, burst, ratio = 8, 20_000, 50, 0.25
	b := NewBudget(burst, ratio, 0)
	var requests, taken atomic.Uint64
	b.Take(0, start) // counting begins here
	taken.Add(1)
	var wg sync.WaitGroup
	for range takers {
		wg.Go(func() {
			for range calls {
				if b.Take(requests.Add(1), start) {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	allowed := uint64(burst + ratio*float64(requests.Load()))
	if got := taken.Load(); got > allowed || got < allowed-burst {
		t.Errorf("%d tokens handed out for %d requests, want at most %d and not much less", got, requests.Load(), allowed)
	}
}

func TestBudgetKeepsCountingForYears(t *testing.T) {
	b := NewBudget(256, 0.5, 10)
	far := start.Add(10 * 365 * 24 * time.Hour)
	b.Take(0, start)
	for i := range 256 {
		if !b.Take(1<<42, far) {
			t.Fatalf("token %d of a full bucket refused", i)
		}
	}
	if b.Take(1<<42, far) {
		t.Error("the bucket gave more than burst")
	}
	if b.earned(1<<42, far) > math.MaxInt64/2 {
		t.Error("the fixed-point scale is nearly used up")
	}
}
