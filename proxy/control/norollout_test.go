package control

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
)

// TestWhatIsPossibleInstead: whoever steers what does not run is told what can be done.
func TestWhatIsPossibleInstead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{Config: afterConfig()})
		defer b.runs(t)()
		refused := func(cmd rollout.Command, want string) {
			t.Helper()
			_, err := b.Command(t.Context(), "api", cmd, Meta{})
			wantKind(t, err, Conflict)
			if err != nil && err.Error() != want {
				t.Errorf("%v: %v, want %s", cmd, err, want)
			}
		}
		refused(rollout.Promote, "upstream api: nothing to promote: no rollout is running; want weir rollout start api --to v2")
		refused(rollout.Abort, "upstream api: nothing to abort: no rollout is running; want weir rollout start api --to v2")
		_, err := b.Approve(t.Context(), "api", "boss", true, Meta{})
		wantText(t, err, "upstream api: nothing to approve: no rollout is running")
		if _, err := b.SetSplit(t.Context(), "api", weights{"v2": 10}, Meta{}); err != nil {
			t.Fatal(err)
		}
		refused(rollout.Abort, "upstream api: nothing to abort: no rollout is running, v2 was given its requests without one; want weir set-weight api v1=100")
		refused(rollout.Pause, "upstream api: nothing to pause: no rollout is running; want weir rollout start api --to v2")
		_, err = b.Undo(t.Context(), "api", 0, Meta{})
		wantText(t, err, "another stable than v1; weir rollout undo api --to-revision N goes to the split of any, 1 to 1")

		release(t, b)
		refused(rollout.Abort, "upstream api: nothing to abort: no rollout is running, r1 has succeeded; want weir rollout undo api to go back to v1")
		refused(rollout.Promote, "upstream api: nothing to promote: no rollout is running, r1 has succeeded; want weir rollout start api --to v1")
		_, err = b.StartRollout(t.Context(), "api", StartOptions{To: "v2"}, Meta{})
		wantText(t, err, "to: v2 is stable already: want v1")
		_, err = b.StartRollout(t.Context(), "api", StartOptions{To: "v1", Strategy: "cannary"}, Meta{})
		wantText(t, err, "want canary, blue_green or rolling; did you mean canary?")

		if _, err := b.StartRollout(t.Context(), "api", StartOptions{To: "v1", ID: "r2"}, Meta{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, err := b.Undo(t.Context(), "api", 0, Meta{}); err != nil {
			t.Fatal(err)
		}
		refused(rollout.Abort, "upstream api: nothing to abort: no rollout is running, r2 has succeeded; want weir rollout start api --to v1")
	})
}

func TestWhatIsPossibleInsteadOfARamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const key = "new-checkout"
		b := newBench(t, Options{Config: rampFile(t, rampDefinitions)})
		defer b.runs(t)()
		refused := func(cmd rollout.Command, want string) {
			t.Helper()
			_, err := b.CommandRamp(t.Context(), key, cmd, Meta{})
			wantKind(t, err, Conflict)
			if err != nil && err.Error() != want {
				t.Errorf("%v: %v, want %s", cmd, err, want)
			}
		}
		refused(rollout.Promote, "flag new-checkout: nothing to promote: no rollout is running; want weir rollout start --flag new-checkout")
		refused(rollout.Abort, "flag new-checkout: nothing to abort: no rollout is running; want weir flag disable new-checkout to turn it off")
		for id, cmd := range []rollout.Command{rollout.Abort, rollout.PromoteFull} {
			if _, err := b.StartRamp(t.Context(), key, RampOptions{ID: fmt.Sprint("r", id)}, Meta{}); err != nil {
				t.Fatal(err)
			}
			if _, err := b.CommandRamp(t.Context(), key, cmd, Meta{}); err != nil {
				t.Fatal(err)
			}
			if cmd == rollout.Abort {
				refused(rollout.Resume, "flag new-checkout: nothing to resume: no rollout is running, r0 was aborted: operator: aborted in step 1 of 4: on for segment internal; want weir rollout start --flag new-checkout")
			}
		}
		if _, err := b.CommandRamp(t.Context(), key, rollout.Promote, Meta{}); err != nil { // ends the bake
			t.Fatal(err)
		}
		refused(rollout.Abort, "flag new-checkout: nothing to abort: no rollout is running, r1 has succeeded; want weir flag undo new-checkout, or weir flag disable new-checkout")
	})
}
