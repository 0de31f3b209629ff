package config

import "time"

// Retry says when a failed attempt is followed by another one outside a
// rollout. During one the shield retries too.
type Retry struct {
	Tries  int      // attempts per request, the first included: 1..10. Default 2
	On     []string // what is retried: connect, timeout, reset, invalid_answer and statuses 403, 404, 429, 500..599, each at most once. Default connect, timeout, reset, invalid_answer, 502, 503, 504
	Budget float64  // retries as a share of requests: 0..1. Default 0.2

	Timeout       time.Duration // how long after the first attempt another one may begin; 0 is no bound, the default
	TryTimeout    time.Duration // what one attempt may take to connect and to wait for the answer's head; 0 is no bound of its own, the default
	NonIdempotent bool          // also repeat a POST or PATCH that may have reached an endpoint. Default false
}

func defaultRetry() Retry {
	return Retry{Tries: 2, On: []string{"connect", "timeout", "reset", "invalid_answer", "502", "503", "504"}, Budget: 0.2}
}

func (r *Retry) read(v value) {
	v.object(fields{
		"tries":          may(integer(&r.Tries, 1, 10)),
		"on":             may(distinct(&r.On, 0, wantRetryOn, parseRetryOn)),
		"budget":         may(ratio(&r.Budget, "a percentage from 0% to 100%, like 20%", within(0, 100))),
		"timeout":        may(duration(&r.Timeout, 0)),
		"try_timeout":    may(duration(&r.TryTimeout, 0)),
		"non_idempotent": may(boolean(&r.NonIdempotent)),
	})
}

const wantRetryOn = "connect, timeout, reset, invalid_answer or a status: 403, 404, 429 or one from 500 to 599"

func parseRetryOn(s string) (string, bool) {
	switch s {
	case "connect", "timeout", "reset", "invalid_answer", "403", "404", "429":
		return s, true
	}
	status, ok := parseInt(s)
	return s, ok && 500 <= status && status <= 599
}
