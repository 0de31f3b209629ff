package rollout_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"weir/balancer/rollout"
)

// switching is a rollout whose candidate has a share of the reads, and the writes.
func switching(t *testing.T, percent float64) *bench {
	t.Helper()
	p := at(percent)
	p.PinWrites, p.Steps[0].SwitchWrites = true, true
	b := begin(t, p, 0)
	if got := b.state.Writer(); got != "v2" {
		t.Fatalf("writes go to %s, want v2", got)
	}
	return b
}

// write counts first attempts of pinned writes.
func (b *bench) write(stable, stableFailed, candidate, candidateFailed uint64) {
	add := func(c *rollout.Counts, n, failed uint64) {
		c.Requests += n
		c.Failures += failed
	}
	add(&b.obs.StableWrites, stable, stableFailed)
	add(&b.obs.CandidateWrites, candidate, candidateFailed)
	add(&b.obs.Endpoints[0].Writes, candidate, candidateFailed)
}

// TestFailedWritesRevert: a candidate that answers reads and fails writes is out about a
// second after they came to it.
func TestFailedWritesRevert(t *testing.T) {
	b := switching(t, 10)
	b.write(50, 1, 0, 0) // those before the switch that end behind it
	b.serve(90, 0, 10, 0)
	b.wait(2 * time.Second)
	b.want(rollout.Paused, 10, "")
	began := b.now
	for range 20 { // 100 reads and 20 writes a second
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 2, 2)
		if b.now = b.now.Add(100 * time.Millisecond); b.wait(0).Move == rollout.Revert {
			break
		}
	}
	b.want(rollout.Reverting, 0, "errors: v2 failed ")
	if took := b.now.Sub(began); took > 1500*time.Millisecond {
		t.Errorf("reverted after %s", took)
	}
	for _, part := range []string{" writes (100%), over max_error_rate 5%", "v1 failed 1 of 50 writes (2%) before, and meanwhile v1 failed 0 of "} {
		if !strings.Contains(b.state.Reason, part) {
			t.Errorf("%q: want %q in it", b.state.Reason, part)
		}
	}
	if s := b.state.Confirmed(); s.Writer() != "v1" || s.Report.SecondsToZero == nil || *s.Report.SecondsToZero > 1.5 {
		t.Errorf("writes go to %s, %+v", s.Writer(), s.Report)
	}
	if c, s := b.state.Evidence.Candidate, b.state.Evidence.Stable; c.Failures+s.Failures != 0 {
		t.Errorf("writes are among what is compared: %+v, %+v", c, s)
	}
}

// TestFailedWritesInABake: without reads on stable its checks decide.
func TestFailedWritesInABake(t *testing.T) {
	for healthy, want := range map[bool]rollout.Phase{true: rollout.Reverting, false: rollout.Holding} {
		b := switching(t, 100)
		b.obs.StableHealthy = healthy
		b.write(1000, 0, 0, 0)
		b.wait(time.Second)
		for range 20 {
			b.serve(0, 0, 10, 0)
			b.write(0, 0, 1, 1)
			b.now = b.now.Add(100 * time.Millisecond)
			if b.wait(0).Move == rollout.Revert {
				break
			}
		}
		if b.wait(time.Second); b.state.Phase != want || !strings.Contains(b.state.Reason, map[bool]string{true: "and its checks pass", false: "and its checks do not pass"}[healthy]) {
			t.Errorf("checks of v1 pass %v: %s: %s", healthy, b.state.Phase, b.state.Reason)
		}
	}
}

// TestFailedWritesOfBoth hold: in a shared outage, and where stable's writes failed as
// well while it had them.
func TestFailedWritesOfBoth(t *testing.T) {
	b := switching(t, 10)
	b.write(1000, 5, 0, 0)
	b.serve(900, 0, 100, 0)
	b.wait(2 * time.Second)
	for range 100 { // stable is asked seldom: its outage is seen later
		b.serve(1, 1, 0, 0)
		b.write(0, 0, 10, 10)
		b.now = b.now.Add(100 * time.Millisecond)
		b.wait(0)
	}
	b.want(rollout.Holding, 10, "shared outage")

	b = switching(t, 10)
	b.write(100, 20, 0, 0)
	for range 100 {
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 10, 2)
		b.now = b.now.Add(100 * time.Millisecond)
		b.wait(0)
	}
	b.want(rollout.Holding, 10, "v1 failed 20 of 100 writes (20%) before, which is over it, too")
}

// TestFailedWritesOfOneEndpoint are a reason to eject it.
func TestFailedWritesOfOneEndpoint(t *testing.T) {
	b := switching(t, 10)
	b.obs.CandidateUsable = 3
	b.obs.Endpoints = []rollout.EndpointCount{{Address: "a"}, {Address: "b"}, {Address: "c"}}
	for range 50 {
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 2, 2)
		b.obs.CandidateWrites.Requests += 4 // of the two others
		for i := range 2 {
			b.obs.Endpoints[1+i].Writes.Requests += 2
		}
		b.now = b.now.Add(100 * time.Millisecond)
		if b.wait(0).Move == rollout.Revert {
			t.Fatalf("reverted: %s", b.state.Reason)
		}
	}
	for range 50 { // another one joins it
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 2, 2)
		b.obs.CandidateWrites.Requests += 4
		b.obs.CandidateWrites.Failures += 2
		b.obs.Endpoints[1].Writes.Requests += 2
		b.obs.Endpoints[1].Writes.Failures += 2
		b.obs.Endpoints[2].Writes.Requests += 2
		b.now = b.now.Add(100 * time.Millisecond)
		if b.wait(0).Move == rollout.Revert {
			return
		}
	}
	t.Errorf("two of three endpoints fail: %s: %s", b.state.Phase, b.state.Reason)
}

// TestWritesThatFailedForAWhile: the hold ends when they have been fine for ten seconds,
// and not as long as they fail.
func TestWritesThatFailedForAWhile(t *testing.T) {
	b := switching(t, 10)
	b.obs.StableHealthy = false // else it is reverted
	look := func(seconds int, failed uint64) {
		for range seconds * 10 {
			b.serve(9, 0, 3, 0)
			b.write(0, 0, 10, failed)
			b.now = b.now.Add(100 * time.Millisecond)
			b.wait(0)
		}
	}
	look(45, 5)
	b.want(rollout.Holding, 10, "errors: v2 failed ")
	look(25, 0)
	b.want(rollout.Paused, 10, `"errors" has been gone for 10s`)
}

// TestFailedWritesSurviveARestart: what was found is kept, and goes on from there.
func TestFailedWritesSurviveARestart(t *testing.T) {
	b := switching(t, 10)
	b.write(100, 0, 0, 0)
	b.wait(2 * time.Second)
	for range 5 {
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 1, 1)
		b.now = b.now.Add(time.Second)
		b.wait(0)
	}
	kept, err := json.Marshal(b.state)
	if err != nil {
		t.Fatal(err)
	}
	var back rollout.State
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	was := b.state.Evidence.Writes
	if got := back.Evidence.Writes; got.Candidate != was.Candidate || got.Stable != was.Stable || got.Failing != was.Failing || !got.Since.Equal(was.Since) || back.Evidence.Tests.Writes != b.state.Evidence.Tests.Writes {
		t.Errorf("read back: %+v, want %+v", got, was)
	}
	b.state = back
	b.obs = rollout.Observation{StableUsable: 3, CandidateUsable: 1, StableHealthy: true, Endpoints: []rollout.EndpointCount{{Address: "a"}}}
	b.wait(0)
	for range 10 {
		b.serve(9, 0, 1, 0)
		b.write(0, 0, 1, 1)
		b.now = b.now.Add(time.Second)
		if b.wait(0).Move == rollout.Revert {
			return
		}
	}
	t.Errorf("%s: %s, want it reverted", b.state.Phase, b.state.Reason)
}

// TestWritesOfASteppedRevertGoBack, even when stable cannot take any more reads.
func TestWritesOfASteppedRevertGoBack(t *testing.T) {
	p := at(60)
	p.PinWrites, p.Steps[0].SwitchWrites, p.Stepped = true, true, true
	b := begin(t, p, 0)
	b.obs.Capacity = rollout.Capacity{Stable: 40, Candidate: 100}
	b.wait(2 * time.Second)
	for range 30 {
		b.serve(4, 0, 6, 0)
		b.write(0, 0, 2, 2)
		if b.now = b.now.Add(100 * time.Millisecond); b.wait(0).Move == rollout.Revert {
			break
		}
	}
	b.want(rollout.Reverting, 60, "errors: v2 failed ")
	if got := b.state.Writer(); got != "v1" {
		t.Errorf("writes go to %s, want v1", got)
	}
}
