package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a burst of changes is collected before the file is looked
// at: long enough for an editor to finish, too short to be noticed.
const settle = 50 * time.Millisecond

// Watch is files under observation. Make one with NewWatch before they are loaded,
// so that no change falls between the two.
type Watch struct {
	paths   []string
	watcher *fsnotify.Watcher
	last    []string // of each: its content, hashed, or why it could not be read; "" while it is not there
}

// NewWatch begins to collect changes of the files at paths; what is there now is
// not one. It must be closed. The error is that of an operating system that
// cannot watch.
func NewWatch(paths ...string) (*Watch, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	w := &Watch{paths: paths, watcher: watcher, last: make([]string, len(paths))}
	if err := w.follow(); err != nil {
		return nil, errors.Join(fmt.Errorf("watch %s: %w", strings.Join(paths, ", "), err), watcher.Close())
	}
	w.differs()
	return w, nil
}

// Close ends the observation. Closing twice is harmless.
func (w *Watch) Close() {
	_ = w.watcher.Close() // the watching is over either way
}

// Run calls changed, from the goroutine it runs in, whenever one of the files has become
// another one since NewWatch: written in place, replaced by a rename, or reached
// through a symbolic link (its own or a directory's) that now leads elsewhere, as
// in a Kubernetes ConfigMap. Changes within 50 ms are one. A file that is gone is
// not a change, one that comes back is. None is lost while changed runs.
//
// It returns nil when ctx ends; the error is that of an operating system that
// cannot go on watching.
func (w *Watch) Run(ctx context.Context, changed func()) error {
	if err := w.run(ctx, changed); err != nil {
		return fmt.Errorf("watch %s: %w", strings.Join(w.paths, ", "), err)
	}
	return nil
}

func (w *Watch) run(ctx context.Context, changed func()) error {
	var look <-chan time.Time // nil while nothing happens
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.watcher.Events:
			// The first event starts the clock and later ones do not restart it: a
			// directory that something else writes to all the time cannot starve us.
			if look == nil {
				look = time.After(settle)
			}
		case err := <-w.watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
			look = time.After(settle) // events were dropped: one of them may have been the file's
		case <-look:
			look = nil
			if err := w.follow(); err != nil {
				return err
			}
			if w.differs() {
				changed()
			}
		}
	}
}

// follow watches the directories that decide which files the paths are, and no others.
// A link can be swapped between reading it and watching its directory, so it
// repeats until nothing is new; where that takes too long, another event follows.
func (w *Watch) follow() error {
	for range 10 {
		var dirs []string
		for _, path := range w.paths {
			d, err := deciding(path)
			if err != nil {
				return err
			}
			dirs = append(dirs, d...)
		}
		settled := true
		watched := w.watcher.WatchList()
		for _, dir := range dirs {
			if slices.Contains(watched, dir) {
				continue
			}
			settled = false
			if err := w.watcher.Add(dir); err != nil && !isMissing(err) {
				return err
			}
		}
		for _, dir := range watched {
			if !slices.Contains(dirs, dir) {
				_ = w.watcher.Remove(dir) // fails only when it is gone already
			}
		}
		if settled {
			break
		}
	}
	return nil
}

// differs reports whether one of the files is another one than at the last call.
func (w *Watch) differs() bool {
	differs := false
	for i, path := range w.paths {
		if another(path, &w.last[i]) {
			differs = true
		}
	}
	return differs
}

// another reports whether the file is another one than last says, and keeps what
// it is. It compares contents: two writes can have one time of modification.
// Without a file there is nothing to load, so that is no difference.
func another(path string, last *string) bool {
	var now string
	switch data, err := ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
		*last = "" // whoever looked meanwhile found nothing: its return is worth a look
		return false
	case err != nil:
		now = err.Error()
	default:
		sum := sha256.Sum256(data)
		now = string(sum[:])
	}
	differs := now != *last
	*last = now
	return differs
}
