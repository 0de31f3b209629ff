package simulate

import "time"

const (
	// ejectAfter failures in a row take an endpoint out, and ejectFor longer each
	// time, as passive health checks do by default.
	ejectAfter = 5
	ejectFor   = 10 * time.Second
)

// endpoint is one of the candidate's.
type endpoint struct {
	inARow, times int
	out           time.Time // ejected until
}

// usable says whether the endpoint was in when Step last looked.
func (w *World) usable(i int) bool { return !w.endpoints[i].out.After(w.looked) }

// pick takes turns among the usable endpoints; there must be one.
func (w *World) pick() int {
	for {
		w.turn = (w.turn + 1) % len(w.endpoints)
		if w.usable(w.turn) {
			return w.turn
		}
	}
}

// fail counts a failure of an endpoint, which may be ejected for it.
func (w *World) fail(i int) {
	e := &w.endpoints[i]
	if e.inARow++; w.Eject && e.inARow >= ejectAfter {
		e.times++
		w.Ejected++
		e.inARow, e.out = 0, w.Now.Add(time.Duration(e.times)*ejectFor)
	}
}
