package config

import "time"

// Queue is where requests wait while the endpoints of their version have max_conns
// requests in flight.
type Queue struct {
	Size    int           // how many may wait: 1..100000. Default 100
	Timeout time.Duration // how long one may wait: 1 ms or more. Default 1 s
}

func (q *Queue) read(v value) {
	v.object(fields{
		"size":    may(integer(&q.Size, 1, 100_000)),
		"timeout": may(duration(&q.Timeout, time.Millisecond)),
	})
}

// queue reads an optional queue.
func queue(dst **Queue) func(value) {
	return func(v value) {
		q := Queue{Size: 100, Timeout: time.Second}
		q.read(v)
		*dst = &q
	}
}

// unwritten stands for a value that is another one's, until that is known.
const unwritten = -1

// setMaxConns gives the endpoints that say nothing of their own the upstream's, and
// reports whether any is bounded.
func setMaxConns(versions []Version, most int) (bounded bool) {
	for i := range versions {
		for j := range versions[i].Endpoints {
			e := &versions[i].Endpoints[j]
			if e.MaxConns == unwritten {
				e.MaxConns = most
			}
			bounded = bounded || e.MaxConns > 0
		}
	}
	return bounded
}
