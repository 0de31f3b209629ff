//go:build !race

package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// held waits until the writes of a cut-over are held and nothing but its held gate is
// left.
func (w *weir) held() {
	w.t.Helper()
	w.eventually("writes are held, and the gate asked", func() bool {
		h := w.upstream().Writes.Hold
		return h != nil && h.InForce && h.Drained && strings.Contains(w.rollout().Reason, "copied")
	})
}

// usersOf are the requests of users that a version has got.
func (db *replicated) usersOf(version string) (out []touched) {
	for _, r := range db.touches() {
		if r.version == version && !r.shadow {
			out = append(out, r)
		}
	}
	return out
}

// Promise: where the copy of the data stays behind, the cut-over ends with writes where
// they were, and nobody has met the new version.
func TestCutOverWithoutItsCopyIsAborted(t *testing.T) {
	t.Parallel()
	db, w := cutOver(t)
	db.stuck.Store(true)
	readers := startLoad(t, loadOptions{addr: w.web, rate: 120, prefix: "r", most: 200})
	ended := writers(t, w, 25, 500*time.Millisecond)
	eventually(t, "steady traffic", func() bool { return readers.sofar() > 50 })
	w.startRollout("v2")
	w.held()
	r := w.rolloutIs("aborted")
	n := len(db.usersOf("v1"))
	eventually(t, "traffic behind it", func() bool { return len(db.usersOf("v1")) > n+100 })
	if len(ended()) == 0 {
		t.Error("nothing was written")
	}
	noFailures(t, readers.end())
	if got := db.usersOf("v2"); len(got) > 0 {
		t.Errorf("v2 got %d requests of users, want none", len(got))
	}
	if !strings.Contains(r.Reason, "copied") || db.now() != "42" {
		t.Errorf("schema %s, reason %q: want the gate's name, and what was expanded to stay", db.now(), r.Reason)
	}
}

// Promise: a Weir that is killed while writes are held lets nothing through to the wrong
// version, and the next one goes on with the plan: it holds writes anew, asks the gate
// anew, and expands nothing a second time.
func TestCutOverGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	db, w := cutOver(t, patient...)
	db.stuck.Store(true)
	readers := startLoad(t, loadOptions{addr: w.web, rate: 120, prefix: "r", most: 200})
	eventually(t, "steady traffic", func() bool { return readers.sofar() > 50 })
	w.startRollout("v2")
	w.held()
	unanswered := make(chan error, 1)
	go func() {
		_, _, err := exchanged(&http.Client{Timeout: patience}, w.web, "killed", http.MethodPost, "lost")
		unanswered <- err
	}()
	w.eventually("a write waits", func() bool { return w.upstream().Writes.Hold.Waiting > 0 })
	readers.end()
	w.kill()
	if <-unanswered == nil {
		t.Error("the write that waited has been answered")
	}
	w.start()
	db.stuck.Store(false)
	readers = startLoad(t, loadOptions{addr: w.web, rate: 120, prefix: "s", most: 200})
	ended := writers(t, w, 25, 500*time.Millisecond)
	w.eventually("the switch of writes", func() bool { return w.upstream().Split["v2"].Share > 0 })
	n := len(db.usersOf("v2"))
	eventually(t, "writes of v2", func() bool { return len(db.usersOf("v2")) > n+20 })
	hold := w.upstream().Writes.Hold
	ended()
	noFailures(t, readers.end())
	if hold == nil || !hold.Drained {
		t.Fatalf("the hold was %+v", hold)
	}
	proof := hold.Since.Add(time.Duration(hold.DrainedAfter * float64(time.Millisecond)))
	for _, r := range db.usersOf("v1") {
		if r.method == http.MethodPost && (r.value == "lost" || r.at.After(proof)) {
			t.Errorf("%q was written to v1 at %v; the proof was of %v", r.value, r.at, proof)
		}
	}
	for _, r := range db.usersOf("v2") {
		if r.value == "lost" || r.at.Before(proof) {
			t.Errorf("%s of %q came to v2 at %v; the proof was of %v", r.method, r.value, r.at, proof)
		}
	}
	if keys := w.lines("migrations"); len(keys) != 1 {
		t.Errorf("migrations by %q, want the expansion once", keys)
	}
}
