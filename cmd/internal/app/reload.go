package app

import (
	"context"
	"errors"
	"os"
	"sync"

	"weir/config"
	"weir/proxy"
	"weir/proxy/control"
)

// triggers are what asks for a reload besides the API.
type triggers struct {
	hangup <-chan os.Signal
	watch  *config.Watch // nil: the file cannot be watched
}

// reload loads the file and applies it, one at a time: an older reading must not
// be applied after a newer one. A file that cannot be used changes nothing but
// what status and metrics say of the latest reload.
func (a *app) reload(ctx context.Context) (res control.ReloadResult, err error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	reloaded := a.manager.Reloading()
	defer func() { reloaded(err) }()
	cfg, access, err := a.read()
	if err != nil {
		a.control.NoteReload(err)
		return control.ReloadResult{}, &control.Refusal{Kind: control.Invalid, Msg: err.Error()}
	}
	// To its end, even if the caller leaves: the log goes with the generation.
	res, err = a.control.Reload(context.WithoutCancel(ctx), cfg)
	if err != nil {
		if access != nil {
			access.Close()
		}
		return control.ReloadResult{}, err
	}
	a.believe()
	a.server.UseAccessLog(access)
	if err := a.tracer.use(a.server, cfg.Tracing, a.version); err != nil { // the file was read a moment ago
		a.log.Error().Err(err).Msg("spans go where they went before")
	}
	return res, nil
}

// read loads the file, and opens what must be open before anything is touched.
func (a *app) read() (*config.Config, *proxy.AccessLog, error) {
	cfg, files, err := load(a.file, a.nginx)
	if len(files) > 0 || err == nil {
		a.certificates.follow(files)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := a.checkTracing(cfg); err != nil {
		return nil, nil, err
	}
	access, err := openAccessLog(cfg)
	return cfg, access, err
}

// load reads the file, which is NGINX's where n is not nil. files are what else it
// comes from: what it includes, and the certificates and definitions of flags it names.
func load(file string, n *NGINX) (cfg *config.Config, files []string, err error) {
	if n == nil {
		cfg, err = config.Load(file)
	} else {
		cfg, files, err = n.load(file)
	}
	if bad, ok := errors.AsType[*config.Invalid](err); ok {
		return nil, append(files, bad.Files...), err
	}
	if err != nil {
		return nil, files, err
	}
	return cfg, append(files, cfg.Files()...), nil
}

// reloads reloads whenever the file changes and on SIGHUP, until ctx ends.
// Triggers that come while a reload runs become one.
func (a *app) reloads(ctx context.Context, t triggers) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if t.watch != nil {
		wg.Go(func() {
			if err := t.watch.Run(ctx, a.trigger); err != nil {
				a.unwatched(err)
			}
		})
	}
	from := fromFile
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.hangup:
			from = fromSignal
			a.server.ReopenAccessLog() // whatever becomes of the reload: a rotation must not depend on it
			a.trigger()
		case <-a.changed:
			// The control plane logs what came of it, and NoteReload what did not.
			_, err := a.reload(ctx)
			a.auditReload(from, err)
			from = fromFile
		}
	}
}

// trigger asks for a reload, from any goroutine.
func (a *app) trigger() {
	select {
	case a.changed <- struct{}{}:
	default: // one is waiting: it will read the newest file
	}
}

func (a *app) unwatched(err error) {
	a.log.Error().Err(err).Msg("the file is not watched: reload by SIGHUP or through the API")
}
