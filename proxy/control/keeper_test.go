package control

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/proxy/control/state"
)

func value(s string) map[string][]byte { return map[string][]byte{"a": []byte(s)} }

func held(t *testing.T, s state.Store) map[string]string {
	t.Helper()
	in, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for k, v := range in {
		out[k] = string(v)
	}
	return out
}

func TestKeeperBacksOffAndSavesTheNewest(t *testing.T) {
	store := &faultyStore{Store: state.NewMemory(), fail: func(int) error { return syscall.ENOSPC }}
	k := newKeeper(store, nil)
	now := time.Now()
	k.later(value("1"), now)
	var pauses []time.Duration
	for range 9 {
		if !k.due(now) {
			t.Fatal("not due when it said")
		}
		k.flush(now)
		pauses = append(pauses, k.retryAt.Sub(now))
		now = k.retryAt
	}
	want := []time.Duration{100e6, 200e6, 400e6, 800e6, 1600e6, 3200e6, 6400e6, 10e9, 10e9}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if !errors.Is(k.err, syscall.ENOSPC) {
		t.Errorf("err = %v, want ENOSPC", k.err)
	}
	k.later(value("2"), now.Add(-time.Second))
	k.later(map[string][]byte{"b": []byte("3")}, now.Add(-time.Second))
	if k.due(now.Add(-time.Second)) {
		t.Error("a new change does not wait for the pause to end")
	}
	store.fail = nil
	k.flush(now)
	if k.err != nil || k.due(now.Add(time.Hour)) {
		t.Errorf("after a success: err %v, due again %v", k.err, k.due(now.Add(time.Hour)))
	}
	if diff := cmp.Diff(map[string]string{"a": "2", "b": "3"}, held(t, store)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// forgetful saves and then says that it did not, as a disk can.
type forgetful struct {
	state.Store
	err error
}

func (f *forgetful) Save(changes map[string][]byte) error {
	if err := f.Store.Save(changes); err != nil {
		return err
	}
	return f.err
}

func TestKeeperTakesBackWhatWasRefused(t *testing.T) {
	store := &forgetful{Store: state.NewMemory()}
	k := newKeeper(store, nil)
	now := time.Now()
	if err := k.save(value("1"), now); err != nil {
		t.Fatal(err)
	}
	store.err = fmt.Errorf("sync: %w", syscall.EIO)
	if err := k.save(map[string][]byte{"a": []byte("2"), "b": []byte("2")}, now); !errors.Is(err, syscall.EIO) {
		t.Fatalf("save: %v, want EIO", err)
	}
	store.err = nil
	k.flush(k.retryAt)
	if diff := cmp.Diff(map[string]string{"a": "1"}, held(t, store)); diff != "" {
		t.Errorf("kept after the refused change (-want +got):\n%s", diff)
	}
}

// TestKeeperSaysWhoseStateIsLost: a stop is not clean when a safety move that was
// never kept ends with the process.
func TestKeeperSaysWhoseStateIsLost(t *testing.T) {
	moved := map[string][]byte{upstreamKey("web"): []byte("1"), upstreamKey("api"): []byte("1")}
	full := newKeeper(&faultyStore{Store: state.NewMemory(), fail: func(int) error { return syscall.ENOSPC }}, nil)
	full.later(moved, time.Now())
	err := full.close()
	wantText(t, err, "state of api, web was not kept: ")
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("close: %v, want the cause", err)
	}
	locked := newKeeper(nil, errors.New("another process has it"))
	locked.later(moved, time.Now())
	wantText(t, locked.close(), "state of api, web was not kept: another process has it")

	none := newKeeper(nil, errors.New("another process has it"))
	none.begin(moved, time.Now())
	if err := none.close(); err != nil {
		t.Errorf("close: %v, want nothing: the next start comes to the same", err)
	}
	fine := newKeeper(state.NewMemory(), nil)
	fine.later(moved, time.Now())
	if err := fine.close(); err != nil {
		t.Errorf("close: %v, want none: it was saved at the very end", err)
	}
}

func TestKeeperSavesWhatWaitsWithTheNextChange(t *testing.T) {
	store := state.NewMemory()
	k := newKeeper(store, nil)
	now := time.Now()
	k.later(map[string][]byte{"b": []byte("safety")}, now)
	if err := k.save(value("1"), now); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "safety"}, held(t, store)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if k.due(now.Add(time.Hour)) {
		t.Error("still due although everything is kept")
	}
}

func TestKeeperGivesUpAStoreThatCannotRecover(t *testing.T) {
	for _, cause := range []error{state.ErrReadOnly, state.ErrDamaged, state.ErrGone} {
		k := newKeeper(&faultyStore{Store: state.NewMemory(), fail: func(int) error { return cause }}, nil)
		if err := k.save(value("1"), time.Now()); !errors.Is(err, cause) {
			t.Errorf("save: %v, want %v", err, cause)
		}
		if k.store != nil {
			t.Errorf("after %v the store is kept, want it opened anew", cause)
		}
		if err := k.save(value("1"), time.Now()); !errors.Is(err, cause) {
			t.Errorf("save without a store: %v, want why there is none", err)
		}
	}
}
