package proxy

// admit lets a write go to a version, at once or when a hold is over: then by the
// generation of that moment. The worker has it counted as under way until endWrite.
// nil without a route: the client has left.
func (s *Server) admit(x Exchange, w *worker, rt *route) (*route, *reply) {
	up := rt.upstream
	if r := up.Writes.ReadOnly; r.refuses(x) {
		return nil, s.readOnly(up, r)
	}
	g := &up.Live.Writes
	waited := false
	if !g.enter() {
		refused, ok := s.waitForWrites(x, w, g)
		if !ok {
			return nil, refused
		}
		waited = true
	}
	w.gate = g
	// A hold may have begun and ended, and moved writes, between the moment in which the
	// route was found and that in which the write was let through.
	if s.snap.Load() == rt.of && !waited {
		return rt, nil
	}
	now := s.sameUpstream(x, up)
	if now == nil {
		return nil, up.refusal(replyNoEndpoint)
	}
	if r := now.upstream.Writes.ReadOnly; r.refuses(x) {
		return nil, s.readOnly(up, r)
	}
	return now, nil
}

func (s *Server) readOnly(up *Upstream, r *ReadOnly) *reply {
	up.Live.Writes.counts.ReadOnly.Add(1)
	return s.limited(r.reply)
}

// waitForWrites waits for the turn of a write that the gate has not let through; false
// when there will be none, with the answer, which is nil when the client has left. What
// comes of the body meanwhile is read, as far as there is room for it.
func (s *Server) waitForWrites(x Exchange, w *worker, g *WriteGate) (*reply, bool) {
	p := w.turn()
	switch let, ok := g.join(p); {
	case let:
		return nil, true
	case !ok:
		return s.limited(replyWriteHold), false
	}
	if refused, ok := gather(x, w, g, p); !ok {
		return refused, false
	}
	select {
	case goes := <-p.turn:
		return s.turned(w, p, goes)
	case <-w.leave.wait():
	case <-s.closing.Done(): // the connection is cut
	}
	if g.quit(p) {
		return replyToNobody, false
	}
	return s.turned(w, p, <-p.turn) // that came at the same time
}

// gather reads what comes of the body of a write in the line. One that ends here leaves
// the line, also by a panic: a place that nobody leaves would be let go like a write, and
// no hold would ever find that none is under way.
func gather(x Exchange, w *worker, g *WriteGate, p *waitingWrite) (refused *reply, ok bool) {
	defer func() {
		if !ok && !g.quit(p) && <-p.turn {
			w.gate, w.waited = g, p // it is over, as a write that was let through
		}
	}()
	return x.Gather(g, p)
}

// turned is what a turn brings.
func (s *Server) turned(w *worker, p *waitingWrite, goes bool) (*reply, bool) {
	if !goes {
		return s.limited(replyWriteHold), false
	}
	w.waited = p
	return nil, true
}

// writeSent says that the write under way, if it has waited, is on its way to an
// endpoint, or ends without: those behind it may follow.
func (w *worker) writeSent() {
	if w.waited != nil {
		w.gate.sent(w.waited)
		w.waited = nil
	}
}

// endWrite is for the end of every request.
func (w *worker) endWrite() {
	if w.gate != nil {
		w.writeSent()
		w.gate.leave()
		if p := w.atGate; p != nil && p.letAt > 0 {
			w.gate.ended(p)
		}
		w.gate = nil
	}
}
