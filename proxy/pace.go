package proxy

import (
	"time"

	"weir/balancer"
	"weir/health/outcome"
	"weir/proxy/internal/sock"
)

// waitsFrom counts the attempt as waiting since it has begun, where that is asked for.
func (a *attempt) waitsFrom() {
	if a.upstream.algorithm.inflight {
		a.waits = true
		a.endpoint.Live.Wait(a.beganAt)
	}
}

// waited is for when it does not any more; further calls do nothing.
func (a *attempt) waited() {
	if a.waits {
		a.waits = false
		a.endpoint.Live.Waited(a.beganAt)
	}
}

// paceAtHead is for when the attempt has come to an answer's head or has failed. What
// has failed says nothing of how fast the endpoint is, or failing would make it
// attractive; but waiting in vain is slow.
func (a *attempt) paceAtHead(r result) {
	alg := &a.upstream.algorithm
	if alg.times == balancer.ToHead {
		a.waited()
	}
	switch {
	case r.kind == outcome.OK && alg.times == balancer.ToHead:
		a.pace(a.firstAt)
	case r.kind == outcome.Timeout && alg.balance.Algorithm == balancer.PeakEWMA:
		a.pace(sock.Now())
	}
}

// paceAtEnd is for when the answer is over.
func (a *attempt) paceAtEnd(k outcome.Kind) {
	if k == outcome.OK && a.upstream.algorithm.times == balancer.ToLastByte {
		a.pace(sock.Now())
	}
}

// pace tells how long the endpoint took until then, from the last byte of the request
// on: what a client took to send it is not the endpoint's.
func (a *attempt) pace(now time.Duration) {
	if sent := a.lastByteAt(); sent > 0 {
		a.upstream.algorithm.balance.Observe(a.endpoint.Live, now-sent, now)
	}
}
