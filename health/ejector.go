package health

import (
	"time"

	"weir/health/outcome"
)

// row is what a scan reads of one target, next to its neighbours in memory: with
// 10 000 targets a scan is to take well under a millisecond.
type row struct {
	stats *outcome.Endpoint
	seen  uint64 // failures at the last scan
	watch *watch
}

// group is one version's targets.
type group struct {
	members []*watch
	tally   tally
	scan    uint64 // the scan that tally was made for
}

// scan looks at the targets that have failed since the last scan.
func (l *loop) scan(now time.Time) {
	l.scans++
	for i := range l.rows {
		r := &l.rows[i]
		c := r.stats.Counts()
		if c.Failed == r.seen {
			continue
		}
		r.seen = c.Failed
		l.judge(r.watch, c, now)
	}
	l.follow(now)
}

// tick lets ejected targets return whose time is over, then judges the others
// again, in case something else kept them from being ejected, and moves the windows on.
func (l *loop) tick(now time.Time) {
	for i := range l.rows {
		l.readmit(l.rows[i].watch, now)
	}
	l.scans++
	for i := range l.rows {
		r := &l.rows[i]
		c := r.stats.Counts()
		r.seen = c.Failed
		l.judge(r.watch, c, now)
		r.watch.recent.tick(c)
	}
	l.follow(now)
}

// judge ejects w if its counts c say so and the rest of its version can spare it.
func (l *loop) judge(w *watch, c outcome.EndpointCounts, now time.Time) {
	t := w.recent.until(c)
	if !t.enough() || !w.Live.Usable() {
		return
	}
	version := w.group.count(l.scans)
	version.candidate = w.Candidate != nil && w.Candidate()
	if !version.allows() {
		return
	}
	if version.candidate { // since c was read it may have become one, with a clean sheet
		if t = w.recent.until(w.Stats.Counts()); !t.enough() {
			return
		}
	}
	w.ejection = w.ejection.begin(now, roll())
	l.flip(w, func() bool { return w.Live.SetEjected(true) }, t.String())
	if w.Care != nil {
		w.Care.Ejected()
	}
	version.ejected++
	version.usable--
}

// count is the group's tally in this scan: counted when first asked for, as in a
// storm each of many members asks, and kept right by judge.
func (g *group) count(scan uint64) *tally {
	if g.scan != scan {
		g.scan, g.tally = scan, tally{total: len(g.members)}
		for _, w := range g.members {
			if w.Live.Ejected() {
				g.tally.ejected++
			}
			if w.Live.Usable() {
				g.tally.usable++
			}
		}
	}
	return &g.tally
}

// readmit lets w return from ejection, with a clean sheet, if it may.
func (l *loop) readmit(w *watch, now time.Time) {
	rise := 0
	if w.Probe != nil {
		rise = w.Check.Rise
	}
	if !w.ejection.over(now, rise) {
		return
	}
	w.ejection = w.ejection.end(now)
	w.Stats.ResetConsecutive()
	w.recent.restart(w.Stats.Counts())
	l.warm(w, now)
	l.flip(w, func() bool { return w.Live.SetEjected(false) }, "ejection is over")
}
