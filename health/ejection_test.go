package health

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/health/outcome"
)

func TestTroubleEnough(t *testing.T) {
	for _, tc := range []struct {
		t     trouble
		want  bool
		cause string
	}{
		{trouble{row: 4, failed: 4, attempts: 4}, false, ""},
		{trouble{row: 5, failed: 5, attempts: 5}, true, "5 failures in a row"},
		{trouble{row: 7, failed: 30, attempts: 30}, true, "7 failures in a row"},
		{trouble{row: 1, failed: 19, attempts: 19}, false, ""},
		{trouble{row: 1, failed: 10, attempts: 20}, true, "10 of 20 attempts failed within 10s"},
		{trouble{row: 1, failed: 10, attempts: 21}, false, ""},
		{trouble{row: 0, failed: 500, attempts: 1000}, true, "500 of 1000 attempts failed within 10s"},
		{trouble{}, false, ""},
	} {
		if got := tc.t.enough(); got != tc.want {
			t.Errorf("%+v.enough() = %v, want %v", tc.t, got, tc.want)
		}
		if tc.want && tc.t.String() != tc.cause {
			t.Errorf("%+v: cause %q, want %q", tc.t, tc.t, tc.cause)
		}
	}
}

func TestTallyAllows(t *testing.T) {
	for _, tc := range []struct {
		name string
		t    tally
		want bool
	}{
		{"the only one", tally{total: 1, usable: 1}, false},
		{"one of two", tally{total: 2, usable: 2}, true},
		{"the other of two", tally{total: 2, ejected: 1, usable: 1}, false},
		{"one of three", tally{total: 3, usable: 3}, true},
		{"two of three are more than half", tally{total: 3, ejected: 1, usable: 2}, false},
		{"two of four", tally{total: 4, ejected: 1, usable: 3}, true},
		{"the last usable one, others drained", tally{total: 4, usable: 1}, false},
		{"the last but one, others drained", tally{total: 4, usable: 2}, true},
		{"a candidate's only one", tally{total: 1, usable: 1, candidate: true}, true},
		{"a candidate's last", tally{total: 3, ejected: 2, usable: 1, candidate: true}, true},
	} {
		if got := tc.t.allows(); got != tc.want {
			t.Errorf("%s: %+v.allows() = %v, want %v", tc.name, tc.t, got, tc.want)
		}
	}
}

func TestEjectionsGetLonger(t *testing.T) {
	var e ejection
	now := epoch
	for i := 1; i <= 40; i++ {
		e = e.begin(now, 0)
		want := min(time.Duration(i)*10*time.Second, 5*time.Minute)
		if got := e.until.Sub(now); got != want || !e.out {
			t.Fatalf("ejection %d lasts %v, want %v", i, got, want)
		}
		now = e.until
		e = e.end(now)
		now = now.Add(5*time.Minute - time.Second) // not yet forgotten
	}
	e = e.begin(e.back.Add(5*time.Minute), 0)
	if got := e.until.Sub(e.back.Add(5 * time.Minute)); got != 10*time.Second {
		t.Errorf("after five good minutes an ejection lasts %v, want 10s again", got)
	}
	if got := (ejection{}).begin(epoch, 0.5).until.Sub(epoch); got != 10*time.Second+500*time.Millisecond {
		t.Errorf("with half of the jitter an ejection lasts %v, want 10.5s", got)
	}
}

func TestEjectionOver(t *testing.T) {
	const p, f = true, false
	for _, tc := range []struct {
		name   string
		after  time.Duration
		rise   int
		checks []bool
		want   bool
	}{
		{"too early", 9 * time.Second, 0, nil, false},
		{"in time, no checks", 10 * time.Second, 0, nil, true},
		{"in time, not checked yet", 10 * time.Second, 2, nil, false},
		{"in time, too few passes", 10 * time.Second, 2, []bool{p}, false},
		{"in time, enough passes", 10 * time.Second, 2, []bool{p, p}, true},
		{"passes must be in a row", 10 * time.Second, 2, []bool{p, p, f, p}, false},
		{"enough passes too early", 9 * time.Second, 2, []bool{p, p, p}, false},
	} {
		e := ejection{passes: 7}.begin(epoch, 0) // passes from before do not count
		for _, passed := range tc.checks {
			e = e.checked(passed)
		}
		if got := e.over(epoch.Add(tc.after), tc.rise); got != tc.want {
			t.Errorf("%s: over = %v, want %v", tc.name, got, tc.want)
		}
	}
	if (ejection{}).over(epoch, 0) {
		t.Error("an endpoint that is not ejected cannot return")
	}
}

// The model keeps every attempt with its tick; the window is what came since the
// tenth last tick.
func TestRecentAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := outcome.EndpointCounts{OK: rapid.Uint64Range(0, 100).Draw(t, "ok before"), Failed: 7}
		var r recent
		r.restart(c)
		type attempt struct {
			tick   int
			failed bool
		}
		var attempts []attempt
		now := 0
		for _, op := range rapid.SliceOfN(rapid.IntRange(0, 9), 0, 300).Draw(t, "ops") {
			switch {
			case op == 0:
				r.tick(c)
				now++
			case op < 4:
				c.Failed++
				attempts = append(attempts, attempt{now, true})
			default:
				c.OK++
				attempts = append(attempts, attempt{now, false})
			}
			var want trouble
			for _, a := range attempts {
				if a.tick > now-10 {
					want.attempts++
					if a.failed {
						want.failed++
					}
				}
			}
			if got := r.until(c); got != want {
				t.Fatalf("at tick %d: %+v, want %+v", now, got, want)
			}
		}
	})
}
