package config

import "time"

// Keepalive says which connections to an endpoint are kept for another request.
type Keepalive struct {
	Idle     int           // unused ones kept to each endpoint: 0..100000; 0 keeps none. Default 1024
	Requests int           // requests that one serves before it is closed; 0 is no bound, the default
	Time     time.Duration // age after which one is closed when a request has ended; 0 is no bound, the default
	Timeout  time.Duration // how long an unused one is kept: 10 ms or more. Default 30 s
}

func defaultKeepalive() Keepalive {
	return Keepalive{Idle: 1024, Timeout: 30 * time.Second}
}

func (k *Keepalive) read(v value) {
	v.object(fields{
		"idle":     may(integer(&k.Idle, 0, 100_000)),
		"requests": may(integer(&k.Requests, 0, most)),
		"time":     may(duration(&k.Time, 0)),
		"timeout":  may(duration(&k.Timeout, 10*time.Millisecond)),
	})
}

func (k *Keepalive) document() map[string]any {
	return map[string]any{
		"idle": k.Idle, "requests": k.Requests, "time": k.Time.String(), "timeout": k.Timeout.String(),
	}
}
