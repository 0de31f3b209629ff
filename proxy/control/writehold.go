package control

import (
	"fmt"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/config"
	"weir/proxy"
)

// A rollout has writes held as long as its state says so, and until the move that they
// wait for serves. The data plane ends a hold by itself at its Max, whoever of those
// here does not come back.

// ofRollout begins the names of holders that are rollouts.
const ofRollout = "rollout "

// holder is what the rollout is called as the holder of its present hold.
func holder(s *rollout.State) string { return fmt.Sprintf("%s%s (%d)", ofRollout, s.ID, s.Holds) }

// hold begins and ends the hold that the rollout wants, and says what is to be said of
// it. It is the engine's.
func (h *host) hold(u *upstream, s *rollout.State) {
	g := &u.shared.Writes
	now := g.State()
	if !s.HoldsWrites() {
		if now.InForce && strings.HasPrefix(now.By, ofRollout) {
			g.End(now.By)
			h.control.sayHeld(u, s, "writes go on: the rollout waits for something else")
		}
		return
	}
	by := holder(s)
	if now.By != by {
		o := u.holdOf(by, s.Plan.WriteHold.Max)
		if g.Hold(o) {
			h.drained = ""
			h.control.sayHeld(u, s, fmt.Sprintf("writes are held, for %s at most", config.ShowDuration(o.Max)))
		}
		return
	}
	if now.Drained && h.drained != by {
		h.drained = by
		h.control.sayHeld(u, s, proof(&now))
	}
}

// heldOf is what a rollout has to know of its hold.
func heldOf(u *upstream, s *rollout.State) rollout.WriteHeld {
	now := u.shared.Writes.State()
	switch {
	case s == nil || !s.HoldsWrites() || now.By != holder(s):
		return rollout.WriteHeld{}
	case now.Expired:
		return rollout.WriteHeld{Ended: expired(&now)}
	case now.Stopped: // so is the rollout, which goes on with the next process
		return rollout.WriteHeld{}
	}
	return rollout.WriteHeld{InForce: true, Drained: now.Drained, Queued: now.Waiting}
}

// expired is why the hold has ended before its time, for people.
func expired(h *proxy.WriteHeld) string {
	took := h.Until.Sub(h.Since).Round(time.Millisecond)
	if !h.Drained {
		return fmt.Sprintf("the hold ended by itself after %s with %s still under way", took, several(h.Left, "write"))
	}
	return fmt.Sprintf("the hold ended by itself after %s", took)
}

func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// proof says that nothing writes any more.
func proof(h *proxy.WriteHeld) string {
	if h.Before == 0 {
		return "no write was under way when they were held; in flight 0"
	}
	return fmt.Sprintf("%s under way when they were held, the last ended %s later, at %s; in flight 0",
		several(h.Before, "write"), h.After.Round(time.Microsecond), h.Since.Add(h.After).Local().Format(time.RFC3339Nano))
}

// holdOf is a hold by the file's bounds, by the defaults where it has none.
func (u *upstream) holdOf(by string, most time.Duration) proxy.WriteHold {
	w := u.config.Rollout.WriteHold
	if w == nil {
		d := config.DefaultWriteHold()
		w = &d
	}
	wake := u.shared.Wake
	return proxy.WriteHold{
		By: by, Max: most, Requests: w.MaxRequests, Bytes: w.MaxBytes, Rate: w.Rate, Release: w.OnExpiry == config.Release,
		Changed: func() {
			select {
			case wake <- struct{}{}:
			default: // the engine is on its way
			}
		},
	}
}

// HeldMetrics counts the writes that were held, since the process started.
type HeldMetrics struct {
	Waiting                    int
	Released, Expired, Refused uint64 // went on; at the hold's end by itself; for want of room
}

// held is nil where no write was ever held and the file holds none.
func (u *upstream) held() *HeldMetrics {
	g := &u.shared.Writes
	s := g.State()
	if s.By == "" && u.config.Rollout.WriteHold == nil {
		return nil
	}
	n := g.Counts()
	return &HeldMetrics{Waiting: s.Waiting, Released: n.Released.Load(), Expired: n.Expired.Load(), Refused: n.Rejected.Load()}
}

// sayHeld logs and sends what becomes of the rollout's hold.
func (c *Control) sayHeld(u *upstream, s *rollout.State, what string) {
	c.opts.Log.Info().Str(keyUpstream, u.name()).Str(keyRollout, s.ID).Str(keyTo, s.Plan.To).Str(keyReason, what).Msg("write hold")
	c.emit(Event{Kind: EventWriteHold, Upstream: u.name(), Version: s.Plan.To, Revision: u.record.Revision, Reason: what})
}

// publishIn is how long a hold lasts at least from the moment on in which nothing but
// the publishing is left of the move that it is for.
const publishIn = time.Second

// stillHeld reports that the holds which a move was decided in are in force: while it
// was being kept their time may have come.
func stillHeld(steps []step, ch *rollout.Change) bool {
	if ch.Move != rollout.SetPercent {
		return true
	}
	for i := range steps {
		u := steps[i].was
		if s := u.rollout(); s != nil && s.ID == ch.State.ID && s.HoldsWrites() && !u.shared.Writes.Keep(holder(s), publishIn) {
			return false
		}
	}
	return true
}

// goOn ends a rollout's hold when what it is for serves, or the rollout has ended. It is
// for the writer, after a generation with the upstream has been published.
func (u *upstream) goOn(was *upstream) {
	// A revision that leaves the rollout as it was is a guard's, of another version.
	same := was != nil && (was.record.Revision == u.record.Revision || was.record.Rollout == u.record.Rollout)
	if same && u.record.running() != nil {
		return
	}
	if now := u.shared.Writes.State(); now.InForce && strings.HasPrefix(now.By, ofRollout) {
		u.shared.Writes.End(now.By)
	}
}
