//go:build !race

// Hundreds of whole rollouts in virtual time: a tenth of all that the race detector had
// to watch, and nothing that single ones do not show it.

package control

import (
	"testing"
	"testing/synctest"
)

// TestSimulationStoreFaultsAtEveryWrite has each Save of each story go wrong in each way. The
// restart agrees with one of the two states that the Save was between; what served
// when it went wrong was one of them too, and the later one only for safety; and the
// story comes to its end all the same.
func TestSimulationStoreFaultsAtEveryWrite(t *testing.T) {
	points := 0
	for i := range stories {
		for how := range numCuts {
			for at := 1; ; at++ {
				came := false
				synctest.Test(t, func(t *testing.T) { came = stories[i].play(t, at, how) })
				if !came {
					break
				}
				if points++; t.Failed() {
					t.Fatalf("%s: %v at save %d", stories[i].name, how, at)
				}
			}
		}
	}
	t.Logf("%d points", points)
	if points < 200 {
		t.Errorf("%d points, want 200 at least", points)
	}
}

// TestSimulationGroupStoreFaults has each Save of a group's rollout go wrong in each way, and the
// process killed there: what is kept has all members at one place, and the next process
// goes on with all of them to the end.
func TestSimulationGroupStoreFaults(t *testing.T) {
	points := 0
	for _, good := range []bool{true, false} {
		for how := range numCuts {
			for at := 1; ; at++ {
				came := false
				synctest.Test(t, func(t *testing.T) { came = groupStory(t, at, how, good) })
				if !came {
					break
				}
				if points++; t.Failed() {
					t.Fatalf("good %v: %v at save %d", good, how, at)
				}
			}
		}
	}
	if t.Logf("%d points", points); points < 50 {
		t.Errorf("%d points, want 50 at least", points)
	}
}
