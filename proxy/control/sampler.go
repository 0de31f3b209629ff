package control

import (
	"context"
	"time"

	"weir/health/outcome"
)

// sampleEvery is how often cumulative counters are turned into windows.
const sampleEvery = time.Second

// sample turns counters into windows once a second until ctx ends.
func (c *Control) sample(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	var totals outcome.Totals
	for {
		c.current.Load().ordered(func(u *upstream) { u.sample(time.Now(), &totals) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sample reads the upstream's counters. What stable takes decides from when on
// an attempt is overdue; while it answers nothing the last word counts.
func (u *upstream) sample(now time.Time, totals *outcome.Totals) {
	u.live.peak.see(now, u.demand())
	for _, v := range u.versions {
		v.live.stats.Totals(totals)
		v.live.window.Push(now, totals)
		v.see(now, totals)
		sum := v.live.window.Sum()
		v.live.summary.Store(&sum)
		if v.name == u.record.Split.Stable && sum.P99 > 0 {
			u.shared.OverdueAfter.Store(int64(outcome.OverdueAfter(sum.P99)))
		}
	}
}
