package health

// A check that runs has a slot: there are as many as workers that stand by, and
// some to spare for checks that hang.

// spareFor is how many checks of n targets may wait for endpoints that hang: all of
// some hundred, as a timeout may be a minute, and with many targets a sixteenth of
// them (one host of many is gone). Endpoints known to hang get no more at a time, so
// that there are always slots left for the others.
func spareFor(n int) int { return max(512, n/16) }

// due is the queue whose first check is to be started next; nil: none has a check
// that a slot is free for.
func (l *loop) due() *queue {
	var next *queue
	if len(l.running) >= standing+l.spare {
		return nil
	}
	if len(l.idle) > 0 {
		next = &l.idle
	}
	if len(l.silent) > 0 && l.hanging < l.spare && (next == nil || l.silent[0].at.Before(l.idle[0].at)) {
		next = &l.silent
	}
	return next
}

// plan puts w where its next check, at w.at, is waited for.
func (l *loop) plan(w *watch) {
	if w.silent {
		l.silent.push(w)
	} else {
		l.idle.push(w)
	}
}

// ended gives the slot of a check back that is in no queue any more; silent says
// that it took all of its time.
func (l *loop) ended(w *watch, silent bool) {
	w.running = false
	if w.silent {
		l.hanging--
	}
	w.silent = silent
}
