package top

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"weir/proxy/admin/api"
)

const (
	// pace is how often to look when nothing happens, breath how long to leave the API
	// alone however much does.
	pace   = time.Second
	breath = 200 * time.Millisecond
	// charted is how much of the series is asked for, in milliseconds.
	charted = 180_000
)

// frame is what one look has found.
type frame struct {
	at        time.Time
	err       error // the API did not answer, or refused; nothing else is set
	status    api.Status
	upstreams []api.Upstream
	open      string       // the upstream that the rest is about; "": none
	last      *api.Rollout // its latest rollout; nil: it never had one
	series    api.Series
}

// feed looks at a Weir, and changes it.
type feed struct {
	client *api.Client
	author string
	open   atomic.Pointer[string]
	hint   chan struct{} // capacity 1: there is something to see
	latest atomic.Int64  // of the series of what is open, in Unix milliseconds of the server
}

func newFeed(client *api.Client, author string) *feed {
	f := &feed{client: client, author: author, hint: make(chan struct{}, 1)}
	f.open.Store(new(string))
	return f
}

// watch has the next frames say more of an upstream; "": of none.
func (f *feed) watch(name string) {
	f.open.Store(&name)
	f.latest.Store(0)
	f.poke()
}

func (f *feed) poke() {
	select {
	case f.hint <- struct{}{}:
	default: // one look is due: it will see this, too
	}
}

// run sends a frame at every event of the API, and every second, until ctx ends.
func (f *feed) run(ctx context.Context, send func(frame)) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// Without a stream, which a refusal ends, the pace has to do.
		_ = f.client.Follow(ctx, "", func(api.Event) error { f.poke(); return nil })
	}()
	defer func() { <-ended }()
	for {
		if !wait(ctx, breath, nil) || !wait(ctx, pace-breath, f.hint) {
			return
		}
		fr := f.look(ctx)
		if ctx.Err() != nil {
			return
		}
		send(fr)
	}
}

// wait is over after d, or at a hint; false: ctx has ended.
func wait(ctx context.Context, d time.Duration, hint <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-hint:
	case <-t.C:
	}
	return true
}

// lookTimeout is how long an answer may take before Weir counts as gone.
const lookTimeout = 5 * time.Second

func (f *feed) look(ctx context.Context) frame {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	fr := frame{open: *f.open.Load()}
	fr.err = f.fill(ctx, &fr)
	if fr.at = time.Now(); fr.err != nil {
		return frame{at: fr.at, err: fr.err}
	}
	return fr
}

func (f *feed) fill(ctx context.Context, fr *frame) (err error) {
	if fr.status, err = f.client.Status(ctx); err != nil {
		return err
	}
	if fr.upstreams, err = f.client.Upstreams(ctx); err != nil || fr.open == "" {
		return err
	}
	r, err := f.client.Rollout(ctx, fr.open)
	switch {
	case err == nil:
		fr.last = &r
	case !isMissing(err): // it has had none, or a reload has taken the upstream away
		return err
	}
	// The server's clock counts, which need not be this one.
	since := max(0, f.latest.Load()-charted)
	if fr.series, err = f.client.Series(ctx, fr.open, since); err != nil {
		if isMissing(err) {
			return nil
		}
		return err
	}
	if n := len(fr.series.At); n > 0 {
		f.latest.Store(fr.series.At[n-1])
	}
	return nil
}

func isMissing(err error) bool {
	p, ok := errors.AsType[*api.Problem](err)
	return ok && p.Status == http.StatusNotFound
}

// changed says what has become of a change.
type changed struct {
	change change
	err    error
}

// do asks for a change. It is asked again, with the same key, where a connection breaks.
func (f *feed) do(c change) tea.Cmd {
	return func() tea.Msg {
		client := f.client.Idempotent(rand.Text())
		if c.revision != 0 {
			client = client.IfMatch(c.revision)
		}
		err := c.apply(client, f.author)
		f.poke()
		return changed{c, err}
	}
}
