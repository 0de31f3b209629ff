package outcome

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVersionTotals(t *testing.T) {
	v := NewVersion()
	var want Totals
	for k := range Kind(NumKinds) {
		for i := range int(k) + 1 { // 1 OK, 2 errors, ... 7 canceled; twice as many later
			v.First(i, k)
			v.Later(i+1, k)
			v.Later(i+2, k)
			want.First[k]++
			want.Later[k] += 2
		}
	}
	for i, d := range []time.Duration{time.Millisecond, time.Second, time.Second} {
		v.FirstByte(i, true, d)
		v.FirstByte(i, false, 2*d)
		want.Latency.Add(d)
		want.Latency.Add(2 * d)
		want.FirstLatency.Add(d)
	}
	v.ClientError(1)
	want.ClientErrors = 1

	got := Totals{Latency: Histogram{Sum: 99}} // must be overwritten
	v.Totals(&got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Totals (-want +got):\n%s", diff)
	}
	if got.Requests() != 21 || got.Failures() != 20 || got.FailedAttempts() != 60 {
		t.Errorf("Requests, Failures, FailedAttempts = %d, %d, %d, want 21, 20, 60",
			got.Requests(), got.Failures(), got.FailedAttempts())
	}

	before := got
	v.First(0, Reset)
	v.ClientError(2)
	v.FirstByte(0, true, time.Second)
	v.Totals(&got)
	got.Sub(&before)
	want = Totals{}
	want.First[Reset], want.ClientErrors = 1, 1
	want.Latency.Add(time.Second)
	want.FirstLatency.Add(time.Second)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference of two readings (-want +got):\n%s", diff)
	}
}

// Whatever writers do meanwhile: failures never exceed requests, in a reading or
// between two, and no counter goes back.
func TestVersionReadersSeeSaneTotals(t *testing.T) {
	const writers, each = 4, 20_000
	v := NewVersion()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				v.First(w, Kind(i%int(Canceled))) // mostly failures: the hard case
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()

	var prev, now Totals
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		v.Totals(&now)
		diff := now
		diff.Sub(&prev)
		for name, r := range map[string]*Totals{"reading": &now, "difference": &diff} {
			if r.Failures() > r.Requests() || r.Requests() > writers*each {
				t.Fatalf("%s: %d failures of %d requests", name, r.Failures(), r.Requests())
			}
		}
		prev = now
	}
	if now.Requests() != writers*each {
		t.Errorf("Requests at the end = %d, want %d", now.Requests(), writers*each)
	}
}

func TestVersionTellsSlowFirstAttemptsApart(t *testing.T) {
	v := NewVersion()
	var e Endpoint
	bucket := func(d time.Duration) uint8 { return uint8(Bucket(d)) }
	try := func(first bool, d time.Duration) int {
		above := v.FirstByte(0, first, d)
		if above > 0 {
			e.Slow(above)
		}
		return above
	}
	if n := try(true, time.Second); n != 0 {
		t.Errorf("without bounds: above %d of them", n)
	}
	v.SlowerThan([NumBounds]uint8{bucket(10 * time.Millisecond), bucket(20 * time.Millisecond), bucket(40 * time.Millisecond)})
	for _, c := range []struct {
		first bool
		d     time.Duration
		want  int
	}{{true, 9 * time.Millisecond, 0}, {true, 15 * time.Millisecond, 1}, {true, 30 * time.Millisecond, 2}, {true, time.Hour, 3}, {false, time.Hour, 0}} {
		if n := try(c.first, c.d); n != c.want {
			t.Errorf("%v, first %v: above %d, want %d", c.d, c.first, n, c.want)
		}
	}
	if got, want := e.Counts().Slow, [NumBounds]uint64{3, 2, 1}; got != want {
		t.Errorf("slow %v, want %v", got, want)
	}
	v.SlowerThan([NumBounds]uint8{})
	if n := try(true, time.Hour); n != 0 {
		t.Errorf("after the bounds are taken away: above %d", n)
	}
}

// TestVersionWrites: pinned writes are in no number that is compared, and in all others.
func TestVersionWrites(t *testing.T) {
	v := NewVersion()
	var w Window
	at := time.Now()
	var n Totals
	v.Totals(&n)
	w.Push(at, &n)
	for i, k := range []Kind{OK, OK, Error, Overdue, Canceled} {
		v.Write(i, k)
	}
	before := n
	v.Totals(&n)
	w.Push(at.Add(time.Second), &n)
	if requests, failures := n.PinnedWrites(); requests != 4 || failures != 2 || n.Requests() != 0 || n.Failures() != 0 {
		t.Errorf("%d writes, %d failed, %d first attempts, want 4, 2 and none", requests, failures, n.Requests())
	}
	if n.FailedAttempts() != 2 || n.Attempts(OK) != 2 || n.Attempts(Canceled) != 1 {
		t.Errorf("%d failed attempts, %d ok, %d canceled, want 2, 2, 1", n.FailedAttempts(), n.Attempts(OK), n.Attempts(Canceled))
	}
	if s := w.Sum(); s.Requests != 4 || s.Errors != 2 {
		t.Errorf("the window has %d of %d, want 2 of 4", s.Errors, s.Requests)
	}
	same := n
	if n.Sub(&before); n.Writes != same.Writes {
		t.Errorf("since the beginning: %v, want %v", n.Writes, same.Writes)
	}
	if n.Sub(&same); n.Writes != [NumKinds]uint64{} {
		t.Errorf("since now: %v", n.Writes)
	}
}
