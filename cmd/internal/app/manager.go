package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir/cmd/internal/app/systemd"
)

// stopSlack is what a stop may take beyond its drain: the last answers of the API, and
// of the state store.
const stopSlack = 2 * adminStop

// tellDrain tells the service manager what is waited for. limit is how long at most,
// where that is yet to be said; 0 is said already, or without bound, and then how long
// the unit allows.
func (a *app) tellDrain(limit time.Duration) {
	if limit > 0 {
		limit += stopSlack
	}
	a.manager.Stopping(fmt.Sprintf("draining: %d requests and %d upgraded connections in flight", a.server.Inflight(), a.server.Tunnels()), limit)
}

// status is what serves, in a line.
func (ls *listeners) status() string {
	var b strings.Builder
	b.WriteString("serving ")
	for _, l := range ls.traffic {
		fmt.Fprintf(&b, "%s at %s, ", l.name, l.Addr())
	}
	if ls.ofrep != nil {
		fmt.Fprintf(&b, "OFREP at %s, ", ls.ofrep.Addr())
	}
	fmt.Fprintf(&b, "admin API at %s", ls.admin.Addr())
	return b.String()
}

// beat feeds the watchdog of the service manager, if that has one, until ctx ends.
func beat(ctx context.Context) error {
	every, err := systemd.Watchdog()
	if err == nil && every > 0 {
		systemd.Beat(ctx, every)
	}
	return err
}
