package proxy

import (
	"fmt"
	"sync"
	"testing"
)

// TestRejectsAreThereBeforeTheFirst: a rate sees the first of a reason only if there
// was a 0 before it.
func TestRejectsAreThereBeforeTheFirst(t *testing.T) {
	s := New(Options{})
	for _, reason := range []string{"no_route", "queue_full", "bad_host", "tls_handshake", "read_only"} {
		if n, ok := s.Rejects()[reason]; !ok || n != 0 {
			t.Errorf("%s: %d, %v, want 0 from the start", reason, n, ok)
		}
	}
}

// TestRejectsAreAllCounted, also those that come while others meet their reason
// for the first time.
func TestRejectsAreAllCounted(t *testing.T) {
	const each, reasons = 1000, 10
	var r rejects
	if n := len(r.read()); n != 0 {
		t.Errorf("%d reasons before the first reject, want none", n)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range each {
				r.count(fmt.Sprint(i % reasons))
			}
		})
	}
	wg.Wait()
	got := r.read()
	for i := range reasons {
		if n := got[fmt.Sprint(i)]; n != 4*each/reasons {
			t.Errorf("reason %d: %d, want %d", i, n, 4*each/reasons)
		}
	}
}
