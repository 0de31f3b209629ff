package systemd

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Watchdog is how often the manager wants to hear that the process lives; 0: never.
// It may be called once.
func Watchdog() (time.Duration, error) {
	d, err := daemon.SdWatchdogEnabled(true)
	if err != nil {
		return 0, fmt.Errorf("watchdog of the service manager: %w", err)
	}
	return d, nil
}

// Beat says so, twice as often as every, until ctx ends. It says that the process
// gets to run, and no more: one that serves must not be killed because a part of it
// is slow.
func Beat(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		tell(daemon.SdNotifyWatchdog)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
