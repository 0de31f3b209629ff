//go:build !race

package e2e

import (
	"net/http"
	"testing"
	"time"
)

// noFailures demands that every request was answered with 200.
func noFailures(t *testing.T, shots []shot) {
	t.Helper()
	noFailuresOf(t, shots, func(shot) bool { return true })
}

// noFailuresOf demands it of the requests that which selects.
func noFailuresOf(t *testing.T, shots []shot, which func(shot) bool) {
	t.Helper()
	n, bad := 0, 0
	for _, s := range shots {
		if !which(s) {
			continue
		}
		n++
		if !s.ok() {
			if bad++; bad <= 5 {
				t.Errorf("%v", s)
			}
		}
	}
	if n == 0 {
		t.Error("no request was sent: nothing is proved")
	}
	if bad > 0 {
		t.Errorf("%d of %d requests failed at the client, want none", bad, n)
	}
}

func isGet(s shot) bool  { return s.method == http.MethodGet }
func isPost(s shot) bool { return s.method == http.MethodPost }

// postsOnce demands that every POST reached the backends exactly once.
func postsOnce(t *testing.T, shots []shot, backends ...*backend) {
	t.Helper()
	times := make(map[string]int)
	for _, b := range backends {
		for _, r := range b.received() {
			if r.method == http.MethodPost {
				times[r.id]++
			}
		}
	}
	posts, wrong := 0, 0
	for _, s := range shots {
		if !isPost(s) {
			continue
		}
		posts++
		if got := times[s.id]; got != 1 {
			if wrong++; wrong <= 5 {
				t.Errorf("POST %s was at the backends %d times, want once: %v", s.id, got, s)
			}
		}
	}
	if posts == 0 {
		t.Error("no POST was sent: nothing is proved")
	}
	if wrong > 0 {
		t.Errorf("%d of %d POSTs were not at the backends exactly once", wrong, posts)
	}
}

// byVersion counts the answers of each version.
func byVersion(shots []shot) map[string]int {
	n := make(map[string]int)
	for _, s := range shots {
		n[s.version]++
	}
	return n
}

// dials counts the connections that were made for requests.
func dials(shots []shot) int {
	n := 0
	for _, s := range shots {
		if s.dialled {
			n++
		}
	}
	return n
}

// receive waits for what must come, and fails the test when it does not.
func receive[T any](t *testing.T, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("not seen within %v: %s", patience, what)
	}
	return v
}

// near demands that got is within slack of want.
func near(t *testing.T, what string, got, want, slack int) {
	t.Helper()
	if got < want-slack || got > want+slack {
		t.Errorf("%s: %d requests, want %d ± %d", what, got, want, slack)
	}
}
