package health

import "time"

// warmStep is the longest time between two steps of a slow start. A short one has 64
// steps.
const warmStep = 100 * time.Millisecond

// warming is one endpoint's slow start.
type warming struct {
	on   bool
	from time.Time
}

// shareAt is what an endpoint gets of its turns, in 256ths, so long after its return;
// over says that it gets all of them. The share grows evenly from next to nothing.
func shareAt(elapsed, length time.Duration) (share uint8, over bool) {
	if elapsed >= length {
		return 0, true
	}
	return max(uint8(float64(elapsed)/float64(length)*256), 1), false
}

// warm begins a slow start of w, whatever had begun before. It is called before w is
// picked again: nobody must see the word without a share in it.
func (l *loop) warm(w *watch, now time.Time) {
	if w.SlowStart <= 0 {
		return
	}
	if !w.warming.on {
		l.warmed = append(l.warmed, w)
	}
	w.warming = warming{on: true, from: now}
	w.Live.SetShare(1)
	if l.warmAt.IsZero() {
		l.warmAt = now
	}
}

// warmUp does a step of all slow starts. A target that is out meanwhile goes on; it
// begins anew when it returns.
func (l *loop) warmUp(now time.Time) {
	step, left := warmStep, l.warmed[:0]
	for _, w := range l.warmed {
		if w.gone {
			continue
		}
		share, over := shareAt(now.Sub(w.warming.from), w.SlowStart)
		if over {
			w.warming.on = false
			l.flip(w, func() bool { return w.Live.SetShare(0) }, "slow start is over")
			continue
		}
		w.Live.SetShare(share)
		step = min(step, max(w.SlowStart/64, time.Millisecond))
		left = append(left, w)
	}
	clear(l.warmed[len(left):])
	l.warmed, l.warmAt = left, time.Time{}
	if len(left) > 0 {
		l.warmAt = now.Add(step)
	}
}
