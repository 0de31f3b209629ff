package outcome

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestDedupe(t *testing.T) {
	var d Dedupe
	for i, tt := range []struct {
		key  uint64
		at   time.Duration
		want bool
	}{
		{1, 0, false},
		{1, time.Second, true},
		{2, time.Second, false},
		{1, 9 * time.Minute, true},
		{3, 10 * time.Minute, false}, // the second generation
		{1, 11 * time.Minute, true},  // of the first, and of the second from now on
		{2, 19 * time.Minute, true},
		{4, 20 * time.Minute, false}, // the third
		{1, 21 * time.Minute, true},
		{3, 22 * time.Minute, true},
		{5, 60 * time.Minute, false}, // nothing is as young as that any more
		{1, 60 * time.Minute, false},
	} {
		if got := d.Again(tt.key, tt.at); got != tt.want {
			t.Errorf("%d: key %d at %v: %v, want %v", i, tt.key, tt.at, got, tt.want)
		}
	}
	d.Forget()
	if d.Again(1, 60*time.Minute) {
		t.Error("known after it was forgotten")
	}
}

// TestDedupeIsBounded: however many keys fail, it remembers the last ones.
func TestDedupeIsBounded(t *testing.T) {
	var d Dedupe
	const many = 5 * dedupeKeys
	for key := range uint64(many) {
		if d.Again(key, 0) {
			t.Fatalf("key %d is known", key)
		}
	}
	if n := len(d.mu.now) + len(d.mu.before); n > 2*dedupeKeys {
		t.Errorf("%d keys", n)
	}
	for key := uint64(many - dedupeKeys); key < many; key++ {
		if !d.Again(key, 0) {
			t.Fatalf("key %d is not known, and was among the last", key)
		}
	}
	if d.Again(0, 0) {
		t.Error("the first key is still known")
	}
}

// TestDedupeOnce: of requests that fail at the same time one is the first.
func TestDedupeOnce(t *testing.T) {
	var d Dedupe
	var firsts atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for key := range uint64(1000) {
				if !d.Again(key, 0) {
					firsts.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := firsts.Load(); n != 1000 {
		t.Errorf("%d first failures of 1000 keys", n)
	}
}

// TestRepeated: what is left out of the verdict's numbers is in all others.
func TestRepeated(t *testing.T) {
	v := NewVersion()
	var w Window
	var before, totals Totals
	v.Totals(&before)
	at := time.Now()
	w.Push(at, &before)
	v.First(0, OK)
	v.First(1, Error)
	for shard := range 3 {
		v.Repeated(shard, Reset)
	}
	v.Key(2)
	v.Totals(&totals)
	w.Push(at.Add(time.Second), &totals)
	if totals.Requests() != 2 || totals.Failures() != 1 || totals.Keys != 1 {
		t.Errorf("the verdict's: %d requests, %d failures, %d keys, want 2, 1 and 1", totals.Requests(), totals.Failures(), totals.Keys)
	}
	if totals.FailedAttempts() != 4 || totals.Attempts(Reset) != 3 || totals.Attempts(Error) != 1 {
		t.Errorf("%d failed attempts, %d resets, %d errors, want 4, 3 and 1", totals.FailedAttempts(), totals.Attempts(Reset), totals.Attempts(Error))
	}
	if sum := w.Sum(); sum.Requests != 5 || sum.Errors != 4 {
		t.Errorf("the window has %d requests and %d errors, want 5 and 4", sum.Requests, sum.Errors)
	}
	totals.Sub(&totals)
	if totals != (Totals{}) {
		t.Errorf("taken from itself it is %+v, want nothing", totals)
	}
}
