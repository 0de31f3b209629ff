package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// Try sends the request and waits for the head of the answer. A connection that
// has served before may have been closed by the endpoint just now; then the
// request goes once more on a fresh one where that is safe, which is neither a
// failure nor another attempt (RFC 9112 §9.3.1).
func (x *exchange) Try(a *attempt) *AttemptError {
	now := a.beganAt // just now: nothing has been waited for since
	twice := x.Idempotent() || a.upstream.Retry.NonIdempotent
	up := a.endpoint.pool.Get(now, twice)
	for {
		if up == nil {
			var err error
			if up, err = a.endpoint.pool.Dial(x.c.srv.closing, a.within(a.upstream.Timeouts.Connect), x.c.srv.watch); err != nil {
				if isHandshake(err) {
					x.c.srv.complain(a.endpoint, err)
				}
				return dialFailed(a, err)
			}
			now = sock.Now()
		}
		x.hold(up)
		fail := x.send(a, now)
		if fail == nil {
			fail = x.receive(a)
		}
		if fail == nil {
			return nil
		}
		stale := up.Reused && x.answer.untouched() && brokenOff(fail.Err)
		x.part(false, 0)
		if !stale || !x.Replayable() || (fail.Sent && !twice) {
			return fail
		}
		a.anew()
		up = nil
		if a.upstream.CountFails {
			a.blame() // NGINX's way, which takes no try for it either, and goes elsewhere
			if a.elsewhere() {
				now = sock.Now()
				up = a.endpoint.pool.Get(now, twice)
			}
		}
	}
}

// hold makes up the connection of this attempt.
func (x *exchange) hold(up *pool.Conn) {
	x.up = up
	x.c.using.begin(up)
	if x.c.left.Load() {
		x.c.using.interrupt() // the watcher may have looked before the line above
	}
	if x.c.srv.closing.Err() != nil {
		up.Cut() // and so may the hard close
	}
	x.answer.clear()
}

// part ends the use of the upstream connection: it is kept for another request
// when the answer has ended where its framing says, nothing came after it and the
// request was sent completely, else closed. ended says that the answer is over.
func (x *exchange) part(ended bool, now time.Duration) {
	up := x.up
	if up == nil {
		return
	}
	clean := ended && x.resp.KeepAlive && len(x.answer.unread()) == 0 && x.body.gone()
	if !clean {
		x.stopUpload()
	}
	x.up = nil
	if mine := x.c.using.end(up); clean && mine {
		up.Release(now, x.resp.Framing != http1.NoBody)
	} else {
		up.Discard()
	}
}

// send writes the head now, with the body if that is here; else an uploader brings
// the body.
func (x *exchange) send(a *attempt, now time.Duration) *AttemptError {
	x.out = http1.AppendRequest(x.out[:0], &x.req, http1.Forward{
		ClientIP:     x.clientIP(),
		Proto:        x.Scheme(),
		TraceParent:  x.traceParent(),
		Version:      a.version.Name,
		FallbackHost: a.endpoint.Name,
		Host:         a.upstream.host(a.endpoint),
		Prefix:       a.route.prefix,
		Edits:        a.route.request,
		Flags:        x.flagLines(a.route.request),
		Origin:       x.believed,
		Upstream:     a.upstream.Name,
		ReadOnly:     a.upstream.Writes.ReadOnly != nil,
	})
	if x.flags != nil {
		x.flags.show(a)
	}
	var all bool
	x.body.edits = a.route.request
	x.out, all = x.body.append(x.out)
	idle := a.upstream.Timeouts.Idle
	n, err := x.up.WriteAll(x.out, now, a.within(idle))
	if err != nil {
		return x.failed(a, "write", err, n > 0)
	}
	a.headGone()
	if all {
		a.sent(sock.Now())
		return nil
	}
	if x.uninvited() {
		if begun, fail := x.answeredByHead(a); begun || fail != nil {
			return fail
		}
	}
	return x.startUpload(a, idle)
}

// failed says what an error on the upstream connection counts as.
func (x *exchange) failed(a *attempt, op string, err error, sent bool) *AttemptError {
	e := &AttemptError{Op: op, Endpoint: a.endpoint.Address, Kind: outcome.Reset, Sent: sent, Err: err, answer: replyReset}
	switch {
	case e.invalid():
		e.answer = replyBadAnswer
	case x.up.WasCut():
		e.Kind, e.Cut, e.answer = outcome.Canceled, true, replyDrain
	case errors.Is(err, sock.ErrInterrupted) && x.c.left.Load():
		return clientLeft(a, op, err)
	case x.refusedLate(err):
		x.c.srv.complain(a.endpoint, err)
		e.Kind, e.answer = outcome.Connect, replyConnect
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Kind, e.answer = outcome.Timeout, replyTimeout
		if a.cutShort() {
			e.Kind = outcome.Canceled
		}
	}
	return e
}

func dialFailed(a *attempt, err error) *AttemptError {
	e := &AttemptError{Op: "dial", Endpoint: a.endpoint.Address, Kind: outcome.Connect, Err: err, answer: replyConnect}
	var timeout net.Error
	switch {
	case ownShortage(err):
		e.Kind, e.answer = outcome.Canceled, replyOverload
	case errors.As(err, &timeout) && timeout.Timeout():
		e.answer = replyConnectTimeout
		if a.cutShort() {
			e.Kind = outcome.Canceled
		}
	}
	return e
}

// ownShortage says that a dial failed for a reason on this side: no descriptor,
// memory or port was left, or Weir is closing. Nothing was asked of the endpoint.
func ownShortage(err error) bool {
	return shortage(err) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, context.Canceled)
}

// brokenOff says that the other end has closed the connection.
func brokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
