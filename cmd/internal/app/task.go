package app

import (
	"context"
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
