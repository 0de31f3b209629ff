package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"weir/config"
	"weir/proxy/admin/access"
	"weir/proxy/admin/api"
)

// tokensPoll is how often the file of tokens is looked at besides being watched: some
// file systems tell of no change.
const tokensPoll = 2 * time.Second

// tokens are those of admin.tokens_file. What is wrong with a later file is said, and
// leaves in force what access.Loaded.Later says.
type tokens struct {
	file string
	ring access.Keyring
	log  zerolog.Logger

	mu struct {
		sync.Mutex
		last  [sha256.Size]byte // of what was looked at at last
		fault string            // of it; "": it is in force
	}
}

// openTokens reads the file that a configuration names; nil where that names none.
func openTokens(cfg *config.Config, log zerolog.Logger) (*tokens, error) {
	if cfg.Admin.TokensFile == "" {
		return nil, nil
	}
	t := &tokens{file: cfg.Admin.TokensFile, log: log}
	t.mu.last = t.now()
	l, err := loadTokens(cfg)
	if err != nil {
		return nil, err
	}
	t.use(l)
	return t, nil
}

// loadTokens reads the file, whose every fault is an error with its place in the
// configuration.
func loadTokens(cfg *config.Config) (access.Loaded, error) {
	l, err := access.Load(cfg.Admin.TokensFile)
	if err == nil && l.Exposed != "" {
		err = errors.New(l.Exposed)
	}
	if err == nil {
		return l, nil
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, cfg.Problem(strings.TrimSuffix(line, "\n"), "admin", "tokens_file").String())
	}
	return l, errors.New(strings.Join(lines, "\n"))
}

// run follows the file until ctx ends.
func (t *tokens) run(ctx context.Context) {
	changed := make(chan struct{}, 1)
	if watch, err := config.NewWatch(t.file); err != nil {
		t.log.Warn().Err(err).Msg("the tokens are not watched: looked at every two seconds")
	} else {
		defer watch.Close()
		defer task(ctx, func(ctx context.Context) {
			_ = watch.Run(ctx, func() { // else it is looked at every two seconds
				select {
				case changed <- struct{}{}:
				default:
				}
			})
		})()
	}
	tick := time.NewTicker(tokensPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-tick.C:
		}
		t.look()
	}
}

// look puts the file's tokens in force if it is another one.
func (t *tokens) look() {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if now == t.mu.last {
		return
	}
	t.mu.last = now
	l, err := access.Load(t.file)
	if t.mu.fault = l.Exposed; err != nil {
		t.mu.fault = err.Error()
	}
	if t.mu.fault != "" {
		t.log.Error().Str("fault", t.mu.fault).Msg("tokens: something is wrong with the file, no bad line and no token that others can read is taken from it")
	}
	t.use(l)
}

func (t *tokens) use(l access.Loaded) {
	now := l.Later(t.ring.Tokens())
	t.ring.Use(now)
	for _, w := range l.Warnings {
		t.log.Warn().Msg("tokens: " + w)
	}
	t.log.Info().Int("tokens", len(now)).Msg("tokens in force")
}

// now tells the file as it is from how it was: by its content and its mode, or by why it
// cannot be read.
func (t *tokens) now() [sha256.Size]byte {
	data, err := config.ReadFile(t.file)
	if err != nil {
		return sha256.Sum256([]byte(err.Error()))
	}
	if info, err := os.Stat(t.file); err == nil {
		data = append(data, info.Mode().String()...)
	}
	return sha256.Sum256(data)
}

// keyring is the tokens in force; nil: there are none to be asked for.
func (t *tokens) keyring() *access.Keyring {
	if t == nil {
		return nil
	}
	return &t.ring
}

// status is whether the file is in force and kept from others; nil: there is none.
func (t *tokens) status() *api.TokensStatus {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return &api.TokensStatus{OK: t.mu.fault == "", Error: t.mu.fault}
}

// ok reports whether there is nothing wrong with the file.
func (t *tokens) ok() bool {
	s := t.status()
	return s == nil || s.OK
}
