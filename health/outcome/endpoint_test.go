package outcome

import (
	"sync"
	"testing"
)

func TestEndpointRecord(t *testing.T) {
	var e Endpoint
	for i, step := range []struct {
		kind  Kind
		first bool
		row   uint32
		want  EndpointCounts
	}{
		{OK, true, 0, EndpointCounts{OK: 1, First: 1}},
		{Error, true, 1, EndpointCounts{OK: 1, Failed: 1, First: 2, FirstFailed: 1, Consecutive: 1}},
		{Connect, false, 2, EndpointCounts{OK: 1, Failed: 2, First: 2, FirstFailed: 1, Consecutive: 2}},
		{Overdue, true, 2, EndpointCounts{OK: 1, Failed: 2, First: 3, FirstFailed: 2, Consecutive: 2}},
		{Overdue, false, 2, EndpointCounts{OK: 1, Failed: 2, First: 3, FirstFailed: 2, Consecutive: 2}},
		{Canceled, true, 2, EndpointCounts{OK: 1, Failed: 2, First: 3, FirstFailed: 2, Consecutive: 2}},
		{Timeout, false, 3, EndpointCounts{OK: 1, Failed: 3, First: 3, FirstFailed: 2, Consecutive: 3}},
		{Reset, true, 4, EndpointCounts{OK: 1, Failed: 4, First: 4, FirstFailed: 3, Consecutive: 4}},
		{OK, false, 0, EndpointCounts{OK: 2, Failed: 4, First: 4, FirstFailed: 3}},
		{Error, false, 1, EndpointCounts{OK: 2, Failed: 5, First: 4, FirstFailed: 3, Consecutive: 1}},
	} {
		if row := e.Record(step.kind, step.first); row != step.row {
			t.Errorf("step %d: Record(%v, %v) = %d, want %d", i, step.kind, step.first, row, step.row)
		}
		if got := e.Counts(); got != step.want {
			t.Errorf("step %d: after %v Counts() = %+v, want %+v", i, step.kind, got, step.want)
		}
	}
	e.CleanSheet()
	if got := e.Counts(); got.Consecutive != 0 || got.Failed != 5 || got.Sheet != 1 {
		t.Errorf("after CleanSheet: %+v, want 5 failures, no row and one sheet", got)
	}
}

func TestEndpointLosesNothingUnderContention(t *testing.T) {
	const writers, each = 4, 5_000
	var e Endpoint
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				e.Record(Kind(w%2), true) // OK or Error
			}
		})
	}
	wg.Wait()
	want := EndpointCounts{OK: writers / 2 * each, Failed: writers / 2 * each, First: writers * each, FirstFailed: writers / 2 * each}
	got := e.Counts()
	got.Consecutive = 0 // depends on the order
	if got != want {
		t.Errorf("Counts() = %+v, want %+v", got, want)
	}
}

// TestEndpointWrites are counted apart from first attempts, and each once.
func TestEndpointWrites(t *testing.T) {
	var e Endpoint
	for _, k := range []Kind{OK, Error, Overdue, Canceled} {
		if k != Overdue {
			e.Record(k, false)
		}
		e.Write(k)
	}
	if got, want := e.Counts(), (EndpointCounts{OK: 1, Failed: 1, Writes: 3, WritesFailed: 2, Consecutive: 1}); got != want {
		t.Errorf("Counts() = %+v, want %+v", got, want)
	}
}
