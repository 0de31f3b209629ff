package app

import (
	"context"
	"os"
	"sync"

	"weir/config"
	"weir/proxy/control"
)

// reload loads the file and applies it. A file that cannot be used changes
// nothing but what status and metrics say of the latest reload.
func (a *app) reload(ctx context.Context) (control.ReloadResult, error) {
	cfg, err := config.Load(a.file)
	if err != nil {
		a.control.NoteReload(err)
		return control.ReloadResult{}, err
	}
	return a.control.Reload(ctx, cfg)
}

// reloads reloads whenever the file changes and on SIGHUP, until ctx ends.
// Triggers that come while a reload runs become one.
func (a *app) reloads(ctx context.Context, hangup <-chan os.Signal) {
	changed := make(chan struct{}, 1)
	trigger := func() {
		select {
		case changed <- struct{}{}:
		default: // one is waiting: it will read the newest file
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := config.Watch(ctx, a.file, trigger); err != nil {
			a.log.Error().Err(err).Msg("the file is not watched: reload by SIGHUP or through the API")
		}
	})
	defer wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			trigger()
		case <-changed:
			// The control plane logs what came of it, and NoteReload what did not.
			_, _ = a.reload(ctx)
		}
	}
}
