package health

import "time"

// follow allows the trials that are due of counted targets, and says what has
// happened to them: requests eject them and bring them back on their own.
func (l *loop) follow(now time.Time) {
	l.trialAt = time.Time{}
	for _, w := range l.counted {
		if !w.out && !w.Fails.Some() {
			continue
		}
		next, flipped := w.Fails.Trial(now)
		if flipped && l.changed != nil {
			l.changed(w.Upstream)
		}
		if out := !next.IsZero(); out != w.out {
			w.out = out
			l.tell(w, now)
		}
		if w.out && (l.trialAt.IsZero() || next.Before(l.trialAt)) {
			l.trialAt = next
		}
	}
	if soonest := now.Add(scanGap); !l.trialAt.IsZero() && l.trialAt.Before(soonest) {
		l.trialAt = soonest
	}
}

// changeMode forgets what has led to the ejection of w in the other mode, and that
// one. The way back from a counted one is its Fails' own.
func (l *loop) changeMode(w *watch) {
	w.out = false
	if w.Stats != nil {
		w.Stats.ResetConsecutive()
		w.watchStats()
	}
	if w.ejection.out {
		w.ejection = ejection{}
		l.flip(w, func() bool { return w.Live.SetEjected(false) }, "the passive mode is another one")
	}
}

// tell logs where a counted target has gone; one that is back begins slowly.
func (l *loop) tell(w *watch, now time.Time) {
	if w.out {
		if w.Care != nil {
			w.Care.Ejected()
		}
		l.report(w, "up", "ejected", w.Fails.Rule().String())
		return
	}
	l.warm(w, now)
	l.report(w, "ejected", w.Live.Health(), "a trial has ended without a failure")
}
