package pool

import "time"

// Options says which connections a Pool keeps for another request. The zero value
// of each field means its default.
type Options struct {
	IdleTimeout time.Duration // how long an unused one is kept; default 30 s
	MaxIdle     int           // how many unused ones are kept; default 1024, below 0: none
	MaxRequests int           // that one serves before it is closed; default: no bound
	MaxAge      time.Duration // after which one is closed when a request has ended; default: no bound
}

const (
	defaultIdleTimeout = 30 * time.Second
	defaultMaxIdle     = 1024
)

func (o *Options) setDefaults() {
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = defaultIdleTimeout
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = defaultMaxIdle
	}
}

// spent says of a connection that was put back that it has served its time. What is
// idle is not asked: it has had its last request in time, and may have another.
func (o *Options) spent(c *Conn) bool {
	return o.MaxRequests > 0 && c.served >= o.MaxRequests ||
		o.MaxAge > 0 && c.idleSince-c.madeAt > o.MaxAge
}

// Keep changes what is kept, from now on: idle connections beyond the new number are
// closed, the oldest first; a new time counts for those that are idle already. It
// costs one load when nothing is different.
func (p *Pool) Keep(o Options) {
	o.setDefaults()
	if *p.keeping.Load() == o {
		return
	}
	for _, c := range p.changeKeeping(&o) {
		c.Close()
	}
}

func (p *Pool) changeKeeping(o *Options) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keeping.Store(o)
	return p.takeOldest(max(0, len(p.mu.idle)-max(0, o.MaxIdle)))
}
