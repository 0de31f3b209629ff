package outcome

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestWindowSum(t *testing.T) {
	var w Window
	var cum Totals
	if got := w.Sum(); got != (Summary{}) {
		t.Errorf("Sum() of a new window = %+v, want nothing", got)
	}
	cum.First[Error] = 1000 // happened before anybody looked
	w.Push(start, &cum)
	if got := w.Sum(); got != (Summary{}) {
		t.Errorf("Sum() after the first reading = %+v, want nothing", got)
	}

	cum.First[OK] += 6
	cum.First[Timeout]++
	cum.First[Overdue]++
	cum.First[Canceled] += 5 // neither request nor error
	cum.Later[Error] += 9    // not a first attempt
	for range 8 {
		cum.Latency.Add(time.Second)
	}
	w.Push(start.Add(time.Second), &cum)
	got := w.Sum()
	if got.Requests != 8 || got.Errors != 2 || got.ErrorRate != 0.25 || got.Span != time.Second {
		t.Errorf("Sum() = %+v, want 2 errors of 8 requests in 1s", got)
	}
	if second := bucketOf(time.Second); bucketOf(got.P50) != second || bucketOf(got.P99) != second {
		t.Errorf("P50, P99 = %v, %v, want about 1s", got.P50, got.P99)
	}

	w.Push(start.Add(time.Hour), &cum) // a pause: the window has only its last reading
	if got := w.Sum(); got.Requests != 0 || got.Span != time.Hour-time.Second {
		t.Errorf("Sum() after an idle hour = %+v, want no requests in the gap", got)
	}
}

func TestUsersWindow(t *testing.T) {
	var w UsersWindow
	var cum UserTotals
	for second := range 30 {
		cum.Classes[2] += 3
		cum.Classes[5]++
		cum.Errors++
		cum.Duration.Add(time.Second)
		w.Push(start.Add(time.Duration(second)*time.Second), &cum)
	}
	for name, c := range map[string]struct {
		got      Summary
		requests uint64
		span     time.Duration
	}{"Sum": {w.Sum(), 40, 10 * time.Second}, "Last": {w.Last(), 4, time.Second}} {
		s, second := c.got, bucketOf(time.Second)
		if s.Requests != c.requests || s.Errors != c.requests/4 || s.ErrorRate != 0.25 || s.Span != c.span || bucketOf(s.P50) != second || bucketOf(s.P90) != second || bucketOf(s.P99) != second {
			t.Errorf("%s() = %+v, want %d requests in %v, a quarter of them errors, of about 1s", name, s, c.requests, c.span)
		}
	}
}

// Last is the newest slot, whatever came before.
func TestWindowLast(t *testing.T) {
	var w Window
	var cum Totals
	for second := range 5 {
		cum.First[OK] += uint64(second)
		w.Push(start.Add(time.Duration(second)*time.Second), &cum)
		if got := w.Last(); got.Requests != uint64(second) {
			t.Errorf("Last() in second %d = %+v", second, got)
		}
	}
}

// A reader that comes ten times a second sees the same ten seconds.
func TestWindowSpansTenSecondsAtAnyRate(t *testing.T) {
	for _, every := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 950 * time.Millisecond, time.Second, 1050 * time.Millisecond} {
		var w Window
		var cum Totals
		now := start
		for range 40 * time.Second / every {
			now = now.Add(every)
			cum.First[OK]++
			w.Push(now, &cum)
		}
		got := w.Sum()
		if got.Span < 8*time.Second || got.Span > 11*time.Second {
			t.Errorf("every %v: Span = %v, want about 10s", every, got.Span)
		}
		if want := uint64(got.Span / every); got.Requests != want {
			t.Errorf("every %v: %d requests in %v, want %d", every, got.Requests, got.Span, want)
		}
	}
}

// The model keeps every reading: what the window says must be the difference of
// the newest and one that is at most ten seconds (and a tick) older.
func TestWindowAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type reading struct {
			at     time.Time
			ok, ko uint64
		}
		var w Window
		var all []reading
		cum, now := Totals{}, start
		steps := rapid.SliceOfN(rapid.Int64Range(1, 3000), 1, 60).Draw(t, "gaps in ms")
		for i, gap := range steps {
			now = now.Add(time.Duration(gap) * time.Millisecond)
			cum.First[OK] += uint64(i)
			cum.First[Reset] += uint64(i % 3)
			w.Push(now, &cum)
			all = append(all, reading{now, cum.First[OK], cum.First[Reset]})

			got := w.Sum()
			if got.Errors > got.Requests {
				t.Fatalf("%d errors of %d requests", got.Errors, got.Requests)
			}
			if got.Span > WindowSlots*slotLength+slotSlack && got.Span > time.Duration(gap)*time.Millisecond {
				t.Fatalf("Span = %v after a gap of %d ms", got.Span, gap)
			}
			matched := got == Summary{}
			for _, r := range all {
				if now.Sub(r.at) == got.Span {
					matched = got.Requests == cum.Requests()-r.ok-r.ko && got.Errors == cum.Failures()-r.ko
				}
			}
			if !matched {
				t.Fatalf("after %d readings Sum() = %+v is no difference of two readings", i+1, got)
			}
		}
	})
}
