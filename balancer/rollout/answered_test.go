package rollout_test

import (
	"context"
	"testing"

	"weir/balancer/rollout"
)

// Who has been answered finds what he asked for done.
func TestEngineShowsWhatItHasAnswered(t *testing.T) {
	h := newHost()
	e := rollout.NewEngine(h, nil)
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { done <- e.Run(ctx) }()
	defer func() {
		stop()
		<-done
	}()
	if _, err := e.Start(ctx, "r", defaultPlan(), rollout.Meta{}); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		c, want := rollout.Pause, rollout.Paused
		if i%2 == 1 {
			c, want = rollout.Resume, rollout.Progressing
		}
		if _, err := e.Command(ctx, c, rollout.Meta{}); err != nil {
			t.Fatal(err)
		}
		if s := e.States(); s[0].Phase != want {
			t.Fatalf("after %s it is %s, want %s", c, s[0].Phase, want)
		}
	}
}
