package pool

import "time"

// Retire is for an endpoint that takes nothing new: its idle connections are
// closed now and none is kept any more; those busy finish, and what is still
// busy after drain is closed (0: never). Retiring again sets a new bound.
func (p *Pool) Retire(drain time.Duration) {
	for _, c := range p.retire(drain) {
		c.Close()
	}
}

func (p *Pool) retire(drain time.Duration) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.retireLocked(drain)
}

func (p *Pool) retireLocked(drain time.Duration) []*Conn {
	p.mu.retired = true
	p.stopExpiry()
	p.mu.drain = drain
	if p.mu.busy != nil {
		p.armExpiry()
	}
	return p.takeOldest(len(p.mu.idle))
}

// Restore takes a Retire back: connections are kept again.
func (p *Pool) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.retired = false
	p.stopExpiry()
}

// armExpiry bounds the life of what is busy, unless that is bounded already.
func (p *Pool) armExpiry() {
	if p.mu.drain > 0 && p.mu.expiry == nil {
		bound := p.mu.bound
		p.mu.expiry = time.AfterFunc(p.mu.drain, func() { p.expire(bound) })
	}
}

// stopExpiry also voids a timer that has fired and waits for the lock.
func (p *Pool) stopExpiry() {
	p.mu.bound++
	if p.mu.expiry != nil {
		p.mu.expiry.Stop()
		p.mu.expiry = nil
	}
}

// expire cuts the connections of those who still use them, who discard them then.
// bound is the one that set the timer.
func (p *Pool) expire(bound uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bound != p.mu.bound {
		return // retired anew, restored or emptied while the timer fired
	}
	p.mu.expiry = nil
	for c := p.mu.busy; c != nil; c = c.next {
		c.Cut()
	}
}
