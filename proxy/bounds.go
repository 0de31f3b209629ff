package proxy

import (
	"math"
	"time"

	"weir/proxy/internal/sock"
)

// bounds is how long a request and one attempt of it may take, beyond the
// upstream's timeouts. The times are of sock.Now.
type bounds struct {
	totalBy time.Duration // when all attempts are over; never: no bound
	moreBy  time.Duration // when the last attempt must have begun; never: no bound
	tryBy   time.Duration // when this one must have connected; never: no bound
	wait    time.Duration // for the answer after the last request byte, of what tryBy leaves; 0: no bound
}

// never is later than any time.
const never = time.Duration(math.MaxInt64)

// totalBy is when a request that makes its first attempt now must have an answer.
func (u *Upstream) totalBy() time.Duration {
	if u.Timeouts.Total <= 0 {
		return never
	}
	return sock.Now() + u.Timeouts.Total
}

// moreBy is when a request that makes its first attempt now makes its last.
func (u *Upstream) moreBy() time.Duration {
	if u.Retry.Timeout <= 0 {
		return never
	}
	return sock.Now() + u.Retry.Timeout
}

// bound gives an attempt that begins now its time.
func (a *attempt) bound(totalBy, moreBy time.Duration) {
	a.bounds = bounds{totalBy: totalBy, moreBy: moreBy, tryBy: never}
	if try := a.upstream.Retry.TryTimeout; try > 0 {
		a.tryBy = sock.Now() + try
	}
}

// within shortens a patience that begins now to the time there is; never below
// the shortest time, because 0 would be none at all.
func (a *attempt) within(patience time.Duration) time.Duration {
	if by := min(a.totalBy, a.tryBy); by < never {
		return max(min(patience, by-sock.Now()), 1)
	}
	return patience
}

// headGone says that the head has gone: what is left of the try's time is for the
// answer, and begins when the body has gone too.
func (a *attempt) headGone() {
	a.w.writeSent()
	if a.tryBy < never {
		a.wait = max(a.tryBy-sock.Now(), 1)
	}
}

// patience is how long the endpoint may take to answer once it has the request.
func (a *attempt) patience() time.Duration {
	if a.wait > 0 {
		return min(a.upstream.Timeouts.Response, a.wait)
	}
	return a.upstream.Timeouts.Response
}

// answerBy is when the head of the final answer must have come, whatever comes
// before it. While the body is under way only the total counts.
func (a *attempt) answerBy() time.Duration {
	if a.wait > 0 {
		if at := a.lastByteAt(); at > 0 {
			return min(a.totalBy, at+a.wait)
		}
	}
	return a.totalBy
}

// noMore says that there is no time for another attempt.
func (a *attempt) noMore() bool {
	return a.outOfTime() || a.moreBy < never && sock.Now() >= a.moreBy
}

// outOfTime says that the request's time is over.
func (a *attempt) outOfTime() bool { return a.totalBy < never && sock.Now() >= a.totalBy }

// cutShort says that a later attempt ended because the request's time was over,
// which tells nothing about its endpoint: it had only what the others left.
func (a *attempt) cutShort() bool { return !a.first && a.outOfTime() }
