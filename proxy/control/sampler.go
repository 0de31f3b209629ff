package control

import (
	"context"
	"math"
	"time"

	"weir/health/outcome"
	"weir/proxy/control/series"
)

// SampleEvery is how often cumulative counters are turned into windows and series.
const SampleEvery = time.Second

// sampler is what one look at all upstreams has from the one before, and room that it
// needs for each.
type sampler struct {
	totals outcome.Totals
	users  outcome.UserTotals
	point  series.Point
	keep   int // points that each series may have
}

// sample turns counters into windows and series once a second until ctx ends.
func (c *Control) sample(ctx context.Context) {
	tick := time.NewTicker(SampleEvery)
	defer tick.Stop()
	s := sampler{keep: series.Longest}
	for {
		bytes := 0
		w := c.current.Load()
		w.ordered(func(u *upstream) { bytes += s.upstream(u, time.Now()) })
		s.flags(w.flags, time.Now())
		s.keep = series.Keep(bytes)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// upstream reads an upstream's counters and returns how much each of its series' points
// takes. What stable takes decides from when on an attempt is overdue; while it answers
// nothing the last word counts.
func (s *sampler) upstream(u *upstream, now time.Time) (bytes int) {
	u.live.peak.see(now, u.demand())
	s.point.At, s.point.Versions = now, s.point.Versions[:0]
	s.point.Users = s.seen(u, now)
	for _, v := range u.versions {
		v.live.stats.Totals(&s.totals)
		v.live.window.Push(now, &s.totals)
		v.see(now, &s.totals)
		sum := v.live.window.Sum()
		v.live.summary.Store(&sum)
		if v.name == u.record.Split.Stable && sum.P99 > 0 {
			u.shared.OverdueAfter.Store(int64(outcome.OverdueAfter(sum.P99)))
		}
		s.point.Versions = append(s.point.Versions, series.Version{
			Name: v.name, Share: u.record.Split.share(v.name), Numbers: numbers(v.live.window.Last()),
			Evidence: math.NaN(), Threshold: math.NaN(),
		})
	}
	s.judged(u)
	return u.live.series.Push(&s.point, s.keep)
}

// seen is what users saw in the last second. An upstream that none has used yet needs
// no window.
func (s *sampler) seen(u *upstream, now time.Time) series.Numbers {
	l := u.live
	if l.users == nil {
		if u.shared.Users.Requests() == 0 {
			return series.Numbers{}
		}
		l.users = &outcome.UsersWindow{}
		l.users.Push(now.Add(-SampleEvery), &outcome.UserTotals{})
	}
	u.shared.Users.Totals(&s.users)
	l.users.Push(now, &s.users)
	sum := l.users.Sum()
	l.summary.Store(&sum)
	return numbers(l.users.Last())
}

func numbers(s outcome.Summary) series.Numbers {
	return series.Numbers{Requests: s.Requests, Errors: s.Errors, P50: s.P50, P90: s.P90, P99: s.P99}
}

// judged adds to the point what there is against the versions that are judged.
func (s *sampler) judged(u *upstream) {
	proofs := u.proofs()
	for i := range s.point.Versions {
		v := &s.point.Versions[i]
		if p := proofs[v.Name]; p != nil {
			v.Evidence, v.Threshold = p.Combined/math.Ln10, p.Threshold/math.Ln10
		}
	}
}
