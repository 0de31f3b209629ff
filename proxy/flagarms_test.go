package proxy

import (
	"strings"
	"testing"
	"time"

	"weir/health/outcome"
	"weir/proxy/flag"
)

// TestFlagArms: each arm counts for itself, and of one user's failures the first counts
// alone.
func TestFlagArms(t *testing.T) {
	f := NewFlagArms()
	done := func(arm flag.Arm, kind outcome.Kind, key uint64) {
		f.Done(3, arm, &FlagEnd{Kind: kind, Took: 5 * time.Millisecond, Key: key, TraceID: []byte(strings.Repeat("ab", 16))}, time.Second)
	}
	for key := range uint64(10) {
		done(flag.Drawn, outcome.OK, key+1)
		done(flag.Beside, outcome.OK, 100+key)
		done(flag.Chosen, outcome.OK, 200+key)
		done(flag.NoArm, outcome.Error, 300+key)
	}
	for range 5 {
		done(flag.Drawn, outcome.Error, 7)
		done(flag.Chosen, outcome.Reset, 207)
		done(flag.Beside, outcome.Timeout, 107)
		done(flag.Chosen, outcome.Error, 0) // whom nobody can tell from the next
	}
	var in, beside outcome.Totals
	f.In.Totals(&in)
	f.Beside.Totals(&beside)
	if in.Requests() != 11 || in.Failures() != 1 || beside.Requests() != 11 || beside.Failures() != 1 {
		t.Errorf("drawn %d of %d failed, beside %d of %d; want 1 of 11 each", in.Failures(), in.Requests(), beside.Failures(), beside.Requests())
	}
	if n, failed := in.PinnedWrites(); n != 16 || failed != 6 {
		t.Errorf("chosen %d of %d failed, want 6 of 16", failed, n)
	}
	if n := in.FirstLatency.Count(); n != 11 {
		t.Errorf("%d latencies of those that were drawn, want 11: those of segments are compared with none", n)
	}
	var ids []string
	if seen := f.Failures.Latest(&ids, 0); seen != 7 {
		t.Errorf("%d failures named, want 7: those of the variant", seen)
	}
	f.Begin()
	done(flag.Drawn, outcome.Error, 7)
	if f.In.Totals(&in); in.Failures() != 2 {
		t.Error("a user who failed in the ramp before does not count in the next")
	}
}

// TestFlagArmsClientErrors counts one 4xx of a user.
func TestFlagArmsClientErrors(t *testing.T) {
	f := NewFlagArms()
	for range 3 {
		f.Done(0, flag.Beside, &FlagEnd{Client: true, Key: 1}, 0)
		f.Done(0, flag.Beside, &FlagEnd{Client: true}, 0)
	}
	var n outcome.Totals
	if f.Beside.Totals(&n); n.ClientErrors != 4 {
		t.Errorf("%d client errors, want 4: one of the user, and all of those nobody knows", n.ClientErrors)
	}
}
