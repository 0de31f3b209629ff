package control

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/proxy/control/state"
)

// The pauses between attempts to save what a store did not take.
const (
	retryAtFirst = 100 * time.Millisecond
	retryAtMost  = 10 * time.Second
)

// keeper keeps records in the store, and knows what the store does not have yet.
// It belongs to the writer.
type keeper struct {
	store state.Store // nil: could not be opened
	// loaded says that what the store held has been taken into account; a store
	// that comes later may hold what nobody has seen.
	loaded bool
	err    error // why the last attempt failed; nil: everything can be kept

	values map[string][]byte   // what should be kept, newest
	dirty  map[string]struct{} // keys of values (or gone from it) that the store may not have like this

	retryAt time.Time // when to try again; zero: nothing to do
	pause   time.Duration
}

func newKeeper(store state.Store, err error) *keeper {
	return &keeper{store: store, err: err, values: map[string][]byte{}, dirty: map[string]struct{}{}}
}

// load reads what the store holds. A store that cannot be read is given up.
func (k *keeper) load() map[string][]byte {
	if k.store == nil {
		return nil
	}
	held, err := k.store.Load()
	if err != nil {
		k.err = errors.Join(err, k.store.Close())
		k.store = nil
		return nil
	}
	k.loaded = true
	maps.Copy(k.values, held)
	return held
}

// begin keeps what the start has decided. Without a store nothing waits for one:
// the next start comes to the same.
func (k *keeper) begin(values map[string][]byte, now time.Time) {
	for key, v := range values {
		if bytes.Equal(k.values[key], v) {
			continue
		}
		k.values[key] = v
		if k.store != nil {
			k.dirty[key] = struct{}{}
		}
	}
	if k.store == nil {
		k.retryAt = now
		return
	}
	k.flush(now) // also when nothing is new: better to know now whether it takes anything
}

// save keeps the changes (nil deletes) before anybody acts on them, together
// with all that is still waiting. After an error nothing has changed; because
// a store may have kept what it said it did not, its keys are saved again as
// they were.
func (k *keeper) save(changes map[string][]byte, now time.Time) error {
	if k.store == nil {
		return k.err
	}
	all := k.waiting()
	maps.Copy(all, changes)
	if err := k.store.Save(all); err != nil {
		for key := range changes {
			k.dirty[key] = struct{}{}
		}
		k.failed(err, now)
		return err
	}
	k.set(changes)
	k.saved()
	return nil
}

// later notes changes that are in force already; flush keeps them.
func (k *keeper) later(changes map[string][]byte, now time.Time) {
	k.set(changes)
	for key := range changes {
		k.dirty[key] = struct{}{}
	}
	if k.retryAt.IsZero() {
		k.retryAt = now
	}
}

func (k *keeper) set(changes map[string][]byte) {
	for key, v := range changes {
		if v == nil {
			delete(k.values, key)
			continue
		}
		k.values[key] = v
	}
}

// waiting is what the store does not have yet, in its newest state.
func (k *keeper) waiting() map[string][]byte {
	out := make(map[string][]byte, len(k.dirty))
	for key := range k.dirty {
		out[key] = k.values[key] // nil when it is gone: deletes
	}
	return out
}

// due reports whether it is time for flush or reopening.
func (k *keeper) due(now time.Time) bool { return !k.retryAt.IsZero() && !now.Before(k.retryAt) }

// flush saves what is waiting; a store must be open.
func (k *keeper) flush(now time.Time) {
	if err := k.store.Save(k.waiting()); err != nil {
		k.failed(err, now)
		return
	}
	k.saved()
}

func (k *keeper) saved() {
	clear(k.dirty)
	k.err, k.retryAt, k.pause = nil, time.Time{}, 0
}

// failed notes why and when to try again. A store that cannot recover by itself
// is given up, so that it is opened anew.
func (k *keeper) failed(err error, now time.Time) {
	k.err = err
	if k.store != nil && isLost(err) {
		k.err = errors.Join(err, k.store.Close())
		k.store = nil
	}
	if k.retryAt.After(now) {
		return // an attempt in between does not put the planned one off
	}
	k.pause = min(max(2*k.pause, retryAtFirst), retryAtMost)
	k.retryAt = now.Add(k.pause)
}

// isLost reports whether a store's error can only be cured by opening it anew.
func isLost(err error) bool {
	return errors.Is(err, state.ErrDamaged) || errors.Is(err, state.ErrGone) || errors.Is(err, state.ErrReadOnly)
}

// opened takes a store that could not be opened before. Everything is saved to
// it at the next flush, which is due at once.
func (k *keeper) opened(s state.Store, now time.Time) {
	k.store, k.loaded, k.retryAt = s, true, now
	for key := range k.values {
		k.dirty[key] = struct{}{}
	}
}

// close saves what is waiting, once, and closes the store. The error says whose
// state ends with the process.
func (k *keeper) close() error {
	if k.store != nil && len(k.dirty) > 0 {
		k.flush(time.Now())
	}
	var err error
	if len(k.dirty) > 0 {
		err = fmt.Errorf("state of %s was not kept: %w", strings.Join(owners(k.dirty), ", "), k.err)
	}
	if k.store != nil {
		err = errors.Join(err, k.store.Close())
	}
	return err
}

// owners are the upstreams and flags whose state the keys have.
func owners(keys map[string]struct{}) []string {
	var out []string
	for key := range keys {
		if name, of := strings.CutPrefix(key, flagKey("")); of {
			out = append(out, "flag "+name)
			continue
		}
		out = append(out, key[strings.LastIndexByte(key, '/')+1:])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
