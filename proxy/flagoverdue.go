package proxy

import (
	"sync/atomic"
	"time"

	"weir/proxy/flag"
)

// A variant that hangs is found as a version is (semantics §3.3): who judges the ramp need
// not wait until the requests that have got it end.

// ramping shows the scan which ramps a request under way is in. Only the worker writes it,
// while nothing of the slot is under the scan; it is all atomic because the scan may look
// at what is no longer so, and finds that out by the slot's word.
type ramping struct {
	ramps atomic.Pointer[[]ramp] // has room for more than there are
	count atomic.Int32
	user  atomic.Uint64 // whose request it is, hashed; 0: nobody's
}

type ramp struct {
	live atomic.Pointer[FlagLive]
	arm  atomic.Uint32
}

// overdueFor is a ramp for which a request is overdue.
type overdueFor struct {
	live *FlagLive
	arm  flag.Arm
	user uint64
}

// show shows the scan the ramps that the attempt's request is in, but for those that have
// it as overdue already.
func (g *flagging) show(a *attempt) {
	a.ramps, a.decided = 0, len(g.decided)
	for _, d := range g.decided[a.w.overdue:] {
		if l := g.of.live[d.at]; l != nil && d.arm != flag.NoArm {
			a.w.slot.ramps.set(a.ramps, l, d.arm)
			a.ramps++
		}
	}
	if a.ramps > 0 {
		a.w.slot.ramps.user.Store(g.user())
	}
}

func (r *ramping) set(i int, live *FlagLive, arm flag.Arm) {
	all := r.ramps.Load()
	if all == nil || len(*all) <= i {
		more := make([]ramp, 2*(i+1))
		for j := range i {
			more[j].live.Store((*all)[j].live.Load())
			more[j].arm.Store((*all)[j].arm.Load())
		}
		all = &more
		r.ramps.Store(all)
	}
	(*all)[i].live.Store(live)
	(*all)[i].arm.Store(uint32(arm))
}

// bound says how many there are.
func (r *ramping) bound(n int) {
	if r.count.Load() != int32(n) {
		r.count.Store(int32(n))
	}
}

// read is what the scan sees. The count may be of another moment than the rest.
func (r *ramping) read() []overdueFor {
	all, n := r.ramps.Load(), int(r.count.Load())
	if all == nil || n == 0 {
		return nil
	}
	out := make([]overdueFor, 0, n)
	for i := range min(n, len(*all)) {
		out = append(out, overdueFor{(*all)[i].live.Load(), flag.Arm((*all)[i].arm.Load()), r.user.Load()})
	}
	return out
}

// overdue counts a request under way for the flag's ramp, and wakes whoever judges it.
func (l *FlagLive) overdue(shard int, arm flag.Arm, user uint64, now time.Duration) {
	l.Arms.Overdue(shard, arm, user, now)
	l.wake()
}
