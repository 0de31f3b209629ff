package control

import (
	"sync/atomic"

	"weir/proxy/control/state"
)

// faultyStore is a store that fails on demand, to prove what happens when a disk is
// full or read-only.
type faultyStore struct {
	state.Store // what keeps the values when nothing fails

	// fail decides about the n-th Save, counted from 1: nil lets it through, an
	// error is returned in its place and nothing is saved. It may be called from
	// any goroutine. nil: nothing fails.
	fail func(n int) error

	saves atomic.Int64
}

// Save implements Store.
func (f *faultyStore) Save(changes map[string][]byte) error {
	n := int(f.saves.Add(1))
	if f.fail != nil {
		if err := f.fail(n); err != nil {
			return err
		}
	}
	return f.Store.Save(changes)
}
