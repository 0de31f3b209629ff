package proxy

import (
	"testing"
	"time"
)

// TestSnapshotPutsDefaultsIn, and leaves alone what was set.
func TestSnapshotPutsDefaultsIn(t *testing.T) {
	up := one(t, "127.0.0.1:1")
	up.Timeouts = Timeouts{Response: time.Minute}
	if _, err := NewSnapshot(1, []Route{{Match: Match{Path: "/"}, Upstream: up}}); err != nil {
		t.Fatal(err)
	}
	if want := (Timeouts{Connect: 2 * time.Second, Response: time.Minute, Idle: time.Minute, Tunnel: time.Hour}); up.Timeouts != want {
		t.Errorf("%+v, want %+v", up.Timeouts, want)
	}
}
