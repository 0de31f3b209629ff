package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/proxy/admin/api"
)

const (
	// watchPoll is how often a watch looks when nothing happens.
	watchPoll = time.Second
	// watchPatience is how long a watch goes on without an answer: Weir may be
	// restarted under a rollout, which then continues.
	watchPatience = time.Minute
)

// watch gets something now, at every event of the API, and every second, and has
// it shown, until show says done or returns an error, or ctx ends. Once an answer
// has come, it stays through a minute without one.
func watch[T any](ctx context.Context, client *api.Client, get func(context.Context) (T, error), show func(T) (done bool, err error)) error {
	happened, stop := follow(ctx, client)
	defer stop()
	tick := time.NewTicker(watchPoll)
	defer tick.Stop()
	var answered time.Time
	for {
		v, err := get(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			answered = time.Now()
			if done, err := show(v); done || err != nil {
				return err
			}
		case answered.IsZero() || isFinal(err):
			return err
		case time.Since(answered) > watchPatience:
			return fmt.Errorf("for %v: %w", watchPatience, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-happened:
		case <-tick.C:
		}
	}
}

// follow tells, until it is stopped, that something happened. If there is no
// stream of events it tells nothing, and the watch's own pace has to do.
func follow(ctx context.Context, client *api.Client) (happened <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hint := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = client.Follow(ctx, "", func(api.Event) error {
			select {
			case hint <- struct{}{}:
			default: // one look is due: it will see this, too
			}
			return nil
		})
	}()
	return hint, func() { cancel(); <-ended }
}

// isFinal reports whether the server understood and said no: asking again would
// not help.
func isFinal(err error) bool {
	p, ok := errors.AsType[*api.Problem](err)
	return ok && p.Status < 500
}
