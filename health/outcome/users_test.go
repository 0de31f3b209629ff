package outcome

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsersDone(t *testing.T) {
	for _, tc := range []struct {
		status int
		failed bool
		class  int
		errors uint64
	}{
		{200, false, 2, 0},
		{200, true, 2, 1}, // truncated
		{101, false, 1, 0},
		{302, false, 3, 0},
		{404, false, 4, 0},
		{499, false, 4, 0},
		{499, true, 4, 0}, // the client left: nobody saw an error
		{500, false, 5, 1},
		{503, true, 5, 1}, // one request, one error
		{599, false, 5, 1},
		{0, true, 0, 1},
		{99, false, 0, 0},
		{600, false, 0, 1},
	} {
		u := NewUsers()
		u.Done(3, tc.status, tc.failed, time.Second)
		var want, got UserTotals
		want.Classes[tc.class], want.Errors = 1, tc.errors
		want.Duration.Add(time.Second)
		u.Totals(&got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Done(%d, %v) (-want +got):\n%s", tc.status, tc.failed, diff)
		}
		if u.Requests() != 1 || got.Requests() != 1 {
			t.Errorf("Done(%d): Requests = %d and %d, want 1", tc.status, u.Requests(), got.Requests())
		}
	}
}

func TestUserTotalsSub(t *testing.T) {
	u := NewUsers()
	u.Done(0, 200, false, time.Millisecond)
	var before, after, want UserTotals
	u.Totals(&before)
	u.Done(1, 502, false, time.Second)
	u.Totals(&after)
	after.Sub(&before)
	want.Classes[5], want.Errors = 1, 1
	want.Duration.Add(time.Second)
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

// Every request is an error: a reader that took requests before errors would see
// more errors than requests within a few rounds.
func TestUsersReadersSeeSaneTotals(t *testing.T) {
	const writers, each = 4, 20_000
	u := NewUsers()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				u.Done(w, 500, true, time.Millisecond)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()

	var now UserTotals
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		u.Totals(&now)
		if now.Errors > now.Requests() || now.Duration.Count() > now.Requests() {
			t.Fatalf("%d errors and %d durations of %d requests", now.Errors, now.Duration.Count(), now.Requests())
		}
	}
	if now.Errors != writers*each || now.Requests() != writers*each {
		t.Errorf("at the end %d errors of %d requests, want %d of each", now.Errors, now.Requests(), writers*each)
	}
}
