// Command weir is the reverse proxy and everything that commands it.
//
// This package reads arguments and prints answers. It must not know how anything
// is done: `run`, `check`, `import` and `demo` call cmd/internal/app, and all other
// commands talk to a running Weir through the client of proxy/admin/api.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Stamped by the Makefile: which Weir this is, the commit it was built of and when that
// was made, in UTC. A build by hand knows neither of the latter.
var (
	version      = "dev"
	commit, date string
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks; a second one, no longer caught, insists.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
