package app

import (
	"context"
	"slices"

	"weir/config"
)

// certificates watches the files of certificates that the latest readable
// configuration names, and those it includes: also one that was refused, because it
// is those files that will be put right.
type certificates struct {
	changed func()
	failed  func(error)

	files []string
	stop  func() // nil: nothing is watched
}

// follow begins with the files of another configuration, before certificates are
// loaded, so that no change of those falls between the two. Not for concurrent use.
func (c *certificates) follow(files []string) {
	if slices.Equal(files, c.files) {
		return
	}
	c.end()
	c.files = files
	if len(files) == 0 {
		return
	}
	watch, err := config.NewWatch(files...)
	if err != nil {
		c.failed(err)
		return
	}
	end := task(context.Background(), func(ctx context.Context) {
		if err := watch.Run(ctx, c.changed); err != nil {
			c.failed(err)
		}
	})
	c.stop = func() {
		end()
		watch.Close()
	}
}

// end watches nothing any more.
func (c *certificates) end() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

func (a *app) stopCertificates() {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	a.certificates.end()
}
