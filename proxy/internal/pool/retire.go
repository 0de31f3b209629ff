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
		p.mu.expiry = time.AfterFunc(p.mu.drain, p.expire)
	}
}

func (p *Pool) stopExpiry() {
	if p.mu.expiry != nil {
		p.mu.expiry.Stop()
		p.mu.expiry = nil
	}
}

// expire closes the sockets under those who still use them; their reads and
// writes fail and they discard the connection.
func (p *Pool) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.mu.retired {
		return // restored while the timer fired
	}
	p.mu.expiry = nil
	for c := p.mu.busy; c != nil; c = c.next {
		c.Close()
	}
}
