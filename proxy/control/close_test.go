package control

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"weir/balancer/rollout"
	"weir/proxy/control/state"
)

// smallDisk takes nothing while it is full.
type smallDisk struct {
	state.Store
	full atomic.Bool
}

func (d *smallDisk) Save(changes map[string][]byte) error {
	if d.full.Load() {
		return syscall.ENOSPC
	}
	return d.Store.Save(changes)
}

// TestRevertIsKeptAtTheEnd: a revert that found the disk full is in force and
// waits to be kept. The process ends before it is time to try again, and the disk
// has room by then: the next process must not bring the bad version back.
func TestRevertIsKeptAtTheEnd(t *testing.T) {
	for name, room := range map[string]bool{"room again": true, "still full": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { revertAtTheEnd(t, room) })
		})
	}
}

func revertAtTheEnd(t *testing.T, room bool) {
	disk := &smallDisk{Store: state.NewMemory()}
	b := newBench(t, Options{Config: oneUpstream(), Store: disk})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	synctest.Wait()

	disk.full.Store(true)
	h := b.host("api")
	g := h.Brief().Guards[0]
	g.State.Phase = rollout.Reverted
	g.Trip.Set()
	if _, err := h.Commit(t.Context(), rollout.Change{State: g.State, Trip: g.Trip, Move: rollout.Revert, Safety: true}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond) // the first attempt has failed, the next is planned
	synctest.Wait()
	if got := kept(t, disk)["api"].Revision; got != 1 {
		t.Fatalf("revision %d was kept on a full disk", got)
	}
	disk.full.Store(!room)
	stop()
	synctest.Wait()
	err := <-ended
	if !room {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Run: %v, want that the revert could not be kept: %v", err, syscall.ENOSPC)
		}
		return
	}
	if r := kept(t, disk)["api"]; err != nil || r.Revision != 2 || r.Split.Weights["v2"] != 0 {
		t.Errorf("Run: %v; kept: revision %d, %v, want the revert", err, r.Revision, r.Split.Weights)
	}
}
