package proxy

import (
	"errors"
	"os"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// A client that expects "100 Continue" (RFC 9110 §10.1.1) holds its body back. It
// gets that from Weir, as late as possible: when the body is wanted, and the
// endpoint, which has the head, has not answered by that alone.

var goOn = []byte("HTTP/1.1 100 Continue\r\n\r\n")

// invite sends "100 Continue", once, to a client that waits for it.
func (x *exchange) invite() error {
	if !x.uninvited() {
		return nil
	}
	x.req.Expect = false
	x.c.sent.notBody += int64(len(goOn))
	return x.c.write(goOn, sock.Now())
}

// uninvited says that the client waits to be asked for the rest of its body.
func (x *exchange) uninvited() bool { return x.req.Expect && !x.body.whole }

// answeredByHead gives the endpoint a moment to answer before the body is asked
// for, and says whether it has begun to.
func (x *exchange) answeredByHead(a *attempt) (begun bool, fail *AttemptError) {
	moment := a.within(x.c.srv.opts.ContinueAfter)
	n, err := x.up.ReadBy(x.answer.room(), sock.Now()+moment, moment)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	case err != nil:
		return false, x.failed(a, "read head", err, true)
	}
	x.answered(a, n)
	return true, nil
}

// answered takes n more bytes of an answer.
func (x *exchange) answered(a *attempt, n int) {
	x.answer.w += n
	if !http1.MayBeInterim(x.answer.unread()) {
		a.answered()
	}
}
