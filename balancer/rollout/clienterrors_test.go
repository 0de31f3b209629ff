package rollout_test

import (
	"slices"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// refuse has both versions answer with 4xx.
func (b *bench) refuse(stable, candidate uint64) {
	b.obs.Stable.ClientErrors += stable
	b.obs.Candidate.ClientErrors += candidate
}

func refusing() rollout.Plan {
	p := at(10)
	p.Rules.ClientErrors = true
	return p
}

// A candidate that answers 404 to everything holds, and goes on when it is mended.
func TestClientErrorsHold(t *testing.T) {
	b := begin(t, refusing(), 0)
	second := func(stable, candidate uint64) {
		b.serve(90, 0, 10, 0)
		b.refuse(stable, candidate)
		b.wait(1100 * time.Millisecond)
	}
	for range 60 { // as many on both
		second(9, 1)
	}
	b.want(rollout.Paused, 10, "waits for promote")
	for range 3 {
		second(9, 10)
	}
	b.want(rollout.Holding, 10, "holding: client_errors: v2 answered ")
	for range 15 {
		second(9, 10)
	}
	b.want(rollout.Holding, 10, "client_errors")
	for range 25 {
		second(9, 1)
	}
	b.want(rollout.Paused, 10, `"client_errors" has been gone for 10s`)
	for range 3 {
		second(9, 10)
	}
	b.want(rollout.Holding, 10, "client_errors")
}

// An operator who resumes has seen it, and is not asked again.
func TestClientErrorsAccepted(t *testing.T) {
	b := begin(t, refusing(), 0)
	second := func() {
		b.serve(90, 0, 10, 0)
		b.refuse(0, 10)
		b.wait(1100 * time.Millisecond)
	}
	for range 3 {
		second()
	}
	b.want(rollout.Holding, 10, "client_errors: v2 answered ")
	if _, err := b.command(rollout.Resume); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		second()
	}
	b.want(rollout.Paused, 10, "resumed by operator")
	b.serve(90, 0, 10, 10) // which excuses nothing else
	b.wait(1100 * time.Millisecond)
	b.want(rollout.Reverting, 0, "worse: ")
}

func TestClientErrorsIgnored(t *testing.T) {
	b := begin(t, at(10), 0)
	for range 20 {
		b.serve(90, 0, 10, 0)
		b.refuse(0, 10)
		b.wait(1100 * time.Millisecond)
	}
	b.want(rollout.Paused, 10, "waits for promote")
}

// The ids of the first failures of a trouble are kept, not those of ordinary ones.
func TestFirstFailuresAreNamed(t *testing.T) {
	b := begin(t, at(10), 0)
	fail := func(ids ...string) {
		b.obs.FailedIDs = append(b.obs.FailedIDs, ids...)
		b.obs.FailedSeen += uint64(len(ids))
		b.obs.FailedIDs = b.obs.FailedIDs[max(0, len(b.obs.FailedIDs)-4):]
		b.serve(90, 0, 10, uint64(len(ids)))
		b.wait(1100 * time.Millisecond)
	}
	named := func(want ...string) {
		t.Helper()
		if got := b.state.Evidence.Failures; !slices.Equal(got, want) {
			t.Errorf("failures %q, want %q", got, want)
		}
	}
	fail("ordinary")
	named("ordinary")
	for range 5 { // stable fails, too: nothing is against the candidate
		b.serve(900, 9, 100, 0)
		b.wait(1100 * time.Millisecond)
	}
	named()
	fail("a", "b")
	fail("c", "d", "e")
	named("a", "b", "c")
}
