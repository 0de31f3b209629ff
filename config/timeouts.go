package config

import "time"

// Timeouts bounds what an upstream's endpoints may take.
type Timeouts struct {
	Connect  time.Duration // to open a connection: 1 ms or more. Default 2 s
	Response time.Duration // from the last request byte to the first response byte: 1 ms or more. Default 30 s
	Idle     time.Duration // the longest silence within a body, in either direction: 1 ms or more. Default 60 s
	Total    time.Duration // for all attempts of a request, until the answer's head: 0 is no bound, the default
	Tunnel   time.Duration // the longest silence of both ends of an upgraded connection: 1 ms or more. Default 1 h
	Drain    time.Duration // what is in flight on a removed or drained endpoint may take: 0 is no bound. Default 30 s
}

func defaultTimeouts() Timeouts {
	return Timeouts{Connect: 2 * time.Second, Response: 30 * time.Second, Idle: time.Minute, Tunnel: time.Hour, Drain: 30 * time.Second}
}

func (t *Timeouts) read(v value) {
	v.object(fields{
		"connect":  may(duration(&t.Connect, time.Millisecond)),
		"response": may(duration(&t.Response, time.Millisecond)),
		"idle":     may(duration(&t.Idle, time.Millisecond)),
		"total":    may(duration(&t.Total, 0)),
		"tunnel":   may(duration(&t.Tunnel, time.Millisecond)),
		"drain":    may(duration(&t.Drain, 0)),
	})
}
