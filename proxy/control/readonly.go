package control

import (
	"context"
	"time"

	"weir/proxy"
)

// SetReadOnly has the writes of an upstream refused, or served again, across reloads and
// restarts, until the file's writes.read_only changes. It is not a revision.
func (c *Control) SetReadOnly(ctx context.Context, name string, on bool, m Meta) (UpstreamView, error) {
	return c.change(ctx, name, m, func(u *upstream) (*upstream, error) {
		if u.readOnly() == on {
			return u, nil
		}
		set := &readOnly{On: on, File: u.config.Writes.ReadOnly, At: time.Now().UTC().Round(0), Author: m.Author, Reason: m.Reason}
		if set.On == set.File {
			set = nil // it is what the file says
		}
		return u.next(u.record.withReadOnly(set), u.trips)
	}, func(u *upstream) { c.announceReadOnly(u, on, m) })
}

func (c *Control) announceReadOnly(u *upstream, on bool, m Meta) {
	state := "off"
	if on {
		state = "on"
	}
	c.opts.Log.Info().Str(keyUpstream, u.name()).Str(keyTo, state).Str(keyAuthor, m.Author).Str(keyReason, m.Reason).Msg("read only")
	c.emit(Event{Kind: EventReadOnly, Upstream: u.name(), Revision: u.record.Revision, State: state, Reason: m.Reason})
}

// ReadOnlyView says whether an upstream refuses its writes, and whose word that is.
type ReadOnlyView struct {
	On     bool
	Set    bool      // by an operator; else it is the file's word
	At     time.Time // when it was set
	Author string
	Reason string
}

func (u *upstream) readOnlyView() ReadOnlyView {
	v := ReadOnlyView{On: u.readOnly()}
	if set := u.record.ReadOnly; set != nil {
		v.Set, v.At, v.Author, v.Reason = true, set.At, set.Author, set.Reason
	}
	return v
}

// gateView is what the gate of the upstream's writes says of itself.
func (u *upstream) gateView() (inFlight int64, held proxy.WriteHeld) {
	return u.shared.Writes.Inflight(), u.shared.Writes.State()
}
