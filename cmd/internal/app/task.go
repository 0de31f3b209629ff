package app

import (
	"context"
	"errors"
	"sync"
)

// task runs f in a goroutine of its own until stop is called, which ends its
// context and waits for it. stop may be called more than once.
func task(parent context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(parent)
	var wg sync.WaitGroup
	wg.Go(func() { f(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// failures collects the errors of tasks. The zero value has none.
type failures struct {
	mu struct {
		sync.Mutex
		all []error
	}
}

// add notes an error; nil is none.
func (f *failures) add(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mu.all = append(f.mu.all, err)
}

func (f *failures) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.mu.all...)
}
