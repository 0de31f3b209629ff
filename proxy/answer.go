package proxy

import (
	"errors"
	"os"
	"time"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// headroom is kept free before what an endpoint answers, so that the head for
// the client can be put right before the body that came with it: one write, and
// the body is not copied.
const headroom = 512

// maxInterim bounds the 1xx answers to one request.
const maxInterim = 100

// answer is what an endpoint has sent and nobody has used yet: buf[r:w].
type answer struct {
	buf  []byte
	r, w int
}

func (n *answer) clear()         { n.r, n.w = headroom, headroom }
func (n *answer) unread() []byte { return n.buf[n.r:n.w] }

// untouched says that not one byte has come.
func (n *answer) untouched() bool { return n.w == headroom }

// room returns where the next bytes go, empty when the head is too large.
func (n *answer) room() []byte {
	if n.w == len(n.buf) && len(n.buf) < headroom+headBuffer {
		n.buf = append(n.buf, make([]byte, headroom+headBuffer-len(n.buf))...)
	}
	return n.buf[n.w:]
}

var errInterim = errors.New("too many interim answers")

// receive reads the head of the final answer and passes interim ones on.
func (x *exchange) receive(a *attempt) *AttemptError {
	for interim := 0; ; interim++ {
		head, fail := x.receiveHead(a)
		if fail != nil {
			return fail
		}
		err := x.resp.Parse(head, x.toHead())
		upgraded := errors.Is(err, http1.ErrSwitching) && x.req.Accepts(&x.resp)
		if err != nil && !upgraded {
			return x.failed(a, "parse head", err, true)
		}
		x.answer.r += len(head)
		if upgraded || !x.resp.Interim() {
			a.answered() // for one that came together with an interim answer
			return nil
		}
		if interim == maxInterim {
			return x.failed(a, "parse head", errInterim, true)
		}
		if fail := x.relayInterim(a); fail != nil {
			return fail
		}
		if x.uninvited() { // the endpoint has begun to answer, and still wants the body
			if fail := x.startUpload(a, a.upstream.Timeouts.Idle); fail != nil {
				return fail
			}
		}
	}
}

// receiveHead reads until one head is complete.
func (x *exchange) receiveHead(a *attempt) ([]byte, *AttemptError) {
	patience := a.patience()
	by := x.answerBy(a, patience)
	othersFirst()
	seen := 0
	for {
		b := x.answer.unread()
		if n := http1.HeadEnd(b, seen); n >= 0 {
			return b[:n], nil
		}
		seen = len(b)
		room := x.answer.room()
		if len(room) == 0 {
			return nil, x.failed(a, "parse head", http1.ErrHeadSize, true)
		}
		until, within := x.look(a, by, patience)
		n, err := x.up.ReadBy(room, until, a.within(within))
		if err != nil {
			if fail := x.uploadFailed(a, err); fail != nil {
				return nil, fail
			}
			if fail := x.hedge(a, err); fail != nil {
				return nil, fail
			}
			late := errors.Is(err, os.ErrDeadlineExceeded)
			if late && until < by {
				continue // it is not overdue yet, or has to go on all the same
			}
			if later := x.extended(a, by, patience); late && later > by {
				by = later
				continue
			}
			return nil, x.failed(a, "read head", err, true)
		}
		x.answered(a, n)
	}
}

// answerBy is when the next head must be complete: the response timeout runs
// from the last request byte, or from the interim answer before.
func (x *exchange) answerBy(a *attempt, patience time.Duration) time.Duration {
	if at := a.lastByteAt(); at > 0 && x.answer.untouched() {
		return min(at+patience, a.answerBy())
	}
	return min(sock.Now()+patience, a.answerBy())
}

// extended is where the deadline `by` has moved to because of an upload: it does
// not run before that is over, by its last byte or by an error.
func (x *exchange) extended(a *attempt, by, patience time.Duration) time.Duration {
	running := x.body.up.running() // before the next line: its last byte is noted before it ends
	switch at := a.lastByteAt(); {
	case at == 0 && running:
		return min(sock.Now()+patience, a.answerBy())
	case at > 0 && x.answer.untouched():
		return min(at+patience, a.answerBy())
	}
	return by
}

// relayInterim passes a 1xx on (RFC 9110 §15.2), except 100: what the client
// expects of Weir it gets from Weir.
func (x *exchange) relayInterim(a *attempt) *AttemptError {
	if x.resp.Status == 100 || x.req.Minor == 0 {
		return nil
	}
	x.hinted = true
	x.out, _ = http1.AppendResponse(x.out[:0], &x.resp, http1.ResponseOptions{ClientMinor: x.req.Minor})
	x.c.sent.notBody += int64(len(x.out))
	if err := x.c.write(x.out, sock.Now()); err != nil {
		return clientLeft(a, "write to the client", err)
	}
	return nil
}
