package control

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/proxy/control/state"
)

// reopening is the result of an attempt to open the configured store.
type reopening struct {
	store state.Store // nil when err is set
	held  map[string][]byte
	err   error
}

// persist keeps the changes, or refuses.
func (c *Control) persist(changes map[string][]byte) error {
	err := c.keeper.save(changes, time.Now())
	c.showState()
	if err != nil {
		return refuse(Unavailable, "state could not be kept, so nothing was changed: %v", err)
	}
	return nil
}

// keep saves what is waiting, when it is time, and has a missing store opened.
func (c *Control) keep(ctx context.Context, now time.Time) {
	if !c.keeper.due(now) {
		return
	}
	if c.keeper.store != nil {
		c.keeper.flush(now)
		c.showState()
		return
	}
	c.keeper.retryAt = time.Time{}
	if c.opts.Reopen == nil || c.reopening {
		return
	}
	// Opening may wait for a lock: not on the writer's time.
	c.reopening = true
	c.loops.Go(func() {
		c.reopened <- reopen(c.opts.Reopen)
	})
}

func reopen(open func() (state.Store, error)) reopening {
	store, err := open()
	if err != nil {
		return reopening{err: err} // what store is then must not count
	}
	held, err := store.Load()
	if err != nil {
		return reopening{err: errors.Join(err, store.Close())}
	}
	return reopening{store: store, held: held}
}

// opened takes the result of a reopening.
func (c *Control) opened(r reopening) {
	c.reopening = false
	now := time.Now()
	if r.err != nil {
		c.keeper.failed(r.err, now)
		c.showState()
		return
	}
	if !c.keeper.loaded {
		c.adopt(r.held)
	}
	c.keeper.opened(r.store, now)
}

// status is what Status says besides the generation.
type status struct {
	mu struct {
		sync.Mutex
		state  StateView
		reload ReloadView
	}
}

// showState makes the keeper's state known to Status, the log and subscribers.
func (c *Control) showState() {
	view := StateView{OK: c.keeper.err == nil}
	if !view.OK {
		view.Error = c.keeper.err.Error()
	}
	c.status.mu.Lock()
	was := c.status.mu.state
	c.status.mu.state = view
	c.status.mu.Unlock()
	switch {
	case was == view:
		return
	case view.OK && was.Error != "":
		c.opts.Log.Info().Msg("state can be kept again")
	case !view.OK:
		c.opts.Log.Error().Err(c.keeper.err).Msg("state cannot be kept: serving on, refusing changes that are not for safety")
	}
	if view.OK != was.OK && (was.Error != "" || !view.OK) {
		word := "ok"
		if !view.OK {
			word = "failing"
		}
		c.emit(Event{Kind: EventState, State: word, Reason: view.Error})
	}
}
