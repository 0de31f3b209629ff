package balancer

// line is the waiters of one version, in the order of their arrival. The zero
// value is empty.
type line struct {
	first, last *Waiter
}

// insert puts w behind those who came before it; that is nearly always the end.
func (l *line) insert(w *Waiter) {
	before := l.last
	for before != nil && before.arrived > w.arrived {
		before = before.prev
	}
	after := l.first
	if before != nil {
		after = before.next
	}
	w.line, w.prev, w.next = l, before, after
	l.link(before, w)
	if after != nil {
		after.prev = w
	} else {
		l.last = w
	}
}

// remove takes w out.
func (l *line) remove(w *Waiter) {
	l.link(w.prev, w.next)
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		l.last = w.prev
	}
	w.line, w.prev, w.next = nil, nil, nil
}

// link makes next follow before, or come first.
func (l *line) link(before, next *Waiter) {
	if before != nil {
		before.next = next
	} else {
		l.first = next
	}
}
