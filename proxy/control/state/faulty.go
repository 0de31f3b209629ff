package state

import "sync/atomic"

// Faulty is a Store that fails on demand, to prove what happens when a disk is
// full or read-only.
type Faulty struct {
	Store // what keeps the values when nothing fails

	// Fail decides about the n-th Save, counted from 1: nil lets it through, an
	// error is returned in its place and nothing is saved. It may be called from
	// any goroutine. nil: nothing fails.
	Fail func(n int) error

	saves atomic.Int64
}

// Save implements Store.
func (f *Faulty) Save(changes map[string][]byte) error {
	n := int(f.saves.Add(1))
	if f.Fail != nil {
		if err := f.Fail(n); err != nil {
			return err
		}
	}
	return f.Store.Save(changes)
}
