package rollout

// forward is the next moves of the present batch, r itself when there are none.
// Whatever it takes out leaves Desired less MaxUnavailable usable; whatever it brings
// up keeps within MaxSurge.
func (r *Roll) forward(p *Rolling) *Roll {
	n := r.clone()
	moved := n.conclude(p)
	for _, usable := range []bool{false, true} { // those that serve nobody go first
		for i := range n.From {
			m := &n.From[i]
			if m.Stage == StageUp && m.Batch == n.Batch && n.Batch > 0 && m.serves() == usable && n.spares(p, m) {
				m.set(StageDraining)
				moved = true
			}
		}
	}
	for i := range n.To {
		m := &n.To[i]
		if m.Stage == StageOut && m.Batch == n.Batch && n.Batch > 0 && !m.gone && m.free(n.From) && n.surge(p) {
			if o := m.partner(n.From); o != nil {
				o.Stopped = true
			}
			m.set(begins(m, p))
			moved = true
		}
	}
	if !moved {
		return r
	}
	n.moved()
	return n
}

// conclude ends what is over by itself: hooks that have succeeded, drains.
func (r *Roll) conclude(p *Rolling) (moved bool) {
	r.members(func(m *Member) {
		switch {
		case m.Stage == StageStarting && m.hooked():
			m.set(StageUp)
		case m.Stage == StageDraining && (m.Quiet >= quietFor || m.gone):
			m.set(StageOut)
			if p.Stops && !m.gone {
				m.set(StageStopping)
			}
		case m.Stage == StageStopping && (m.hooked() || m.gone):
			m.set(StageOut)
			m.Stopped = true
		default:
			return
		}
		moved = true
	})
	return moved
}

// begins is how a member that is out comes in.
func begins(m *Member, p *Rolling) Stage {
	if m.Stopped && p.Starts {
		return StageStarting
	}
	return StageUp
}

// moved takes note of progress.
func (r *Roll) moved() {
	r.Moves++
	r.Idle = 0
}

// spares reports that enough endpoints are usable without m.
func (r *Roll) spares(p *Rolling, m *Member) bool {
	n := r.usable(p)
	if m.serves() {
		n--
	}
	return n >= p.Desired-p.MaxUnavailable
}

// surge reports that one more may be up. Without any of From there is nothing that it
// would be more than.
func (r *Roll) surge(p *Rolling) bool {
	from, to := 0, 0
	for i := range r.From {
		if r.From[i].Stage != StageOut {
			from++
		}
	}
	for i := range r.To {
		if r.To[i].Stage != StageOut {
			to++
		}
	}
	return from == 0 || from+to < len(r.From)+p.MaxSurge
}

// complete reports that the present batch has nothing left to do.
func (r *Roll) complete(p *Rolling) bool {
	if r.Batch == 0 {
		return true
	}
	for i := range r.From {
		if m := &r.From[i]; m.Batch == r.Batch && m.Stage != StageOut && !m.gone {
			return false
		}
	}
	for i := range r.To {
		if m := &r.To[i]; m.Batch == r.Batch && !m.ready(p) && !m.gone {
			return false
		}
	}
	return true
}

// last reports that no batch comes after the present one.
func (r *Roll) last() bool {
	for i := range r.To {
		if m := &r.To[i]; m.Batch == 0 && !m.gone {
			return false
		}
	}
	return true
}

// next begins the next batch: the next endpoints of To, those of From at the same
// addresses, and others of From up to as many; the last batch has all of them.
func (r *Roll) next(p *Rolling) *Roll {
	n := r.clone()
	n.Batch++
	n.moved()
	room := p.batch()
	left := room
	for i := range n.To {
		if m := &n.To[i]; left > 0 && m.Batch == 0 && !m.gone {
			m.Batch = n.Batch
			left--
			if o := m.partner(n.From); o != nil && o.Batch == 0 {
				o.Batch = n.Batch
				room--
			}
		}
	}
	if n.last() {
		room = len(n.From)
	}
	// Those that serve nobody first, and only then those whose own address would wait
	// for a later batch.
	for _, fits := range []func(m *Member) bool{
		func(m *Member) bool { return !m.serves() && !m.Shared },
		func(m *Member) bool { return !m.Shared },
		func(*Member) bool { return true },
	} {
		for i := range n.From {
			if m := &n.From[i]; room > 0 && m.Batch == 0 && fits(m) {
				m.Batch = n.Batch
				room--
			}
		}
	}
	return n
}

// follows reports that the share is to be another: at once for endpoints that have
// never been part of it, else at most every followEvery.
func (r *Roll) follows(had float64) bool {
	if r.share(had) == had {
		return false
	}
	for i := range r.To {
		if m := &r.To[i]; m.serves() && !m.fed {
			return true
		}
	}
	return r.Steady >= followEvery
}

// given takes note that the share is what it should be.
func (r *Roll) given(changed bool) {
	for i := range r.To {
		r.To[i].fed = r.To[i].serves()
	}
	if changed {
		r.Steady = 0
	}
}

// hurry takes every endpoint that serves for ready: somebody has promoted.
func (r *Roll) hurry(p *Rolling) *Roll {
	n := r.clone()
	for i := range n.To {
		if m := &n.To[i]; m.serves() {
			m.Ready = max(m.Ready, p.MinReady)
		}
	}
	return n
}

// overdue reports that nothing has got further for too long.
func (r *Roll) overdue(p *Rolling) bool {
	return p.ProgressDeadline > 0 && r.Idle >= p.ProgressDeadline
}

// warm puts back up what still runs of From, when everything is on To: the way back is
// one switch then.
func (r *Roll) warm() *Roll {
	n := r.clone()
	for i := range n.From {
		if m := &n.From[i]; m.Stage == StageOut && !m.Stopped {
			m.set(StageUp)
		}
	}
	n.moved()
	return n
}
