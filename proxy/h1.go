package proxy

import (
	"sync"

	"weir/proxy/internal/accesslog"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// exchange is one HTTP/1.1 request on a conn: the Exchange of this version. It
// is taken from a pool when a head is complete and given back after the answer,
// so that an idle connection does not hold its buffers.
type exchange struct {
	c    *conn
	req  http1.Request
	resp http1.Response
	body requestBody
	up   *pool.Conn // in use by the attempt under way, or nil

	key    []byte // for the choice of an endpoint
	out    []byte // what is written in one go: the head to an endpoint, then that to the client
	answer answer
	coding http1.ChunkDecoder // of the answer

	lines []byte // that Weir adds to the answer's head

	hinted bool // an interim answer has gone to the client
	keep   bool // the client's connection serves another request
	cut    bool // the client has not got the whole answer, and must see that

	origin     http1.Origin
	believed   *http1.Origin // origin, when a trusted peer has sent the request
	trace      beganTrace
	span       *Span     // the request is sampled; nil: it is not
	flags      *flagging // nil: there are no flags
	replied    *reply    // Weir's own answer, if that is what the client got
	headSize   int       // of the request
	sentBefore int64     // of bodies, on the connection, before the answer
	entry      accesslog.Entry
}

var exchangePool = sync.Pool{New: func() any {
	return &exchange{
		out:    make([]byte, 0, smallBuffer),
		answer: answer{buf: make([]byte, answerSize)},
	}
}}

// keptFields is how many header lines an exchange keeps room for: the default
// bound, and what appending may have taken beyond it.
const keptFields = 2 * 100

func takeExchange(c *conn) *exchange {
	x := exchangePool.Get().(*exchange)
	x.c = c
	return x
}

// give puts the exchange back. Buffers that a large head made grow are not kept.
func (x *exchange) give() {
	x.c, x.up = nil, nil
	if x.flags != nil {
		x.flags.give()
		x.flags = nil
	}
	if cap(x.out) > 2*headBuffer {
		x.out = make([]byte, 0, smallBuffer)
	}
	if cap(x.key) > smallBuffer {
		x.key = nil
	}
	if len(x.answer.buf) > answerSize {
		x.answer.buf = make([]byte, answerSize)
	}
	if cap(x.req.Fields) > keptFields {
		x.req.Fields = nil
	}
	exchangePool.Put(x)
}

// run serves the request whose head is the next n unread bytes. It returns
// whether the connection goes on.
func (x *exchange) run(n int) (keep bool) {
	c := x.c
	x.hinted, x.keep, x.cut = false, false, false
	x.believed, x.span = nil, nil
	x.trace.parent, x.replied, x.headSize, x.sentBefore = nil, nil, n, c.sent.body()
	if refused := x.req.Parse(c.in.unread()[:n], c.policy.head()); refused != nil {
		return x.refuse(n, refused)
	}
	if refused := x.unfit(); refused != nil {
		c.srv.rejects.count(refused.reason)
		c.refuse(refused, x.plain())
		return false
	}
	if len(c.policy.Trusted) > 0 {
		x.believe()
	}
	if !x.body.find(&x.req, c.in.unread()[n:]) {
		c.srv.rejects.count(replyBadBody.reason)
		c.refuse(replyBadBody, x.plain())
		return false
	}
	c.srv.serve(x, &c.w)
	over := x.body.over()
	x.body.leave(&c.in, n)
	if x.keep {
		return true
	}
	if !x.cut && x.mayStillSend(over) {
		c.linger()
	}
	return false
}

// unfit refuses what does not fit the connection it came on.
func (x *exchange) unfit() *reply {
	switch {
	case x.req.HTTPS && !x.c.client.Secure():
		return replySecureTarget // RFC 9110 §7.4
	case x.c.mutual && x.c.misdirected(x.req.HostName):
		return replyMisdirected
	}
	return nil
}

// mayStillSend says that a plain close could reset the connection and so destroy
// the answer: bytes have come that nobody will read, or the client did not expect
// the close and may be sending.
func (x *exchange) mayStillSend(over bool) bool {
	return !over || x.req.KeepAlive || len(x.c.in.unread()) > 0 || !x.c.client.Quiet()
}

// refuse answers a request that the gate turned away.
func (x *exchange) refuse(n int, r *http1.Reject) (keep bool) {
	c := x.c
	c.srv.rejects.count(r.Reason)
	o := x.plain()
	if !r.Keep || !c.mayGoOn() {
		c.refuse(replyTo(r), o)
		return false
	}
	own := replyTo(r)
	x.out = own.append(x.out[:0], o)
	c.sent.notBody += headOf(x.out)
	err := c.write(x.out, sock.Now())
	c.logRefused(own, c.in.unread()[:n], x.sentBefore)
	c.in.skip(n)
	return err == nil
}

// plain is how an answer to something that was not understood is written: nobody
// has read which type it should have.
func (x *exchange) plain() replyOptions {
	return replyOptions{minor: x.req.Minor, bodyless: x.toHead()}
}

// Name, Path, Idempotent and Status are of the head as parsed.
func (x *exchange) Name() []byte     { return x.req.HostName }
func (x *exchange) Path() []byte     { return x.req.Path }
func (x *exchange) Idempotent() bool { return http1.Idempotent(x.req.Method) }
func (x *exchange) Status() int      { return x.resp.Status }

// Method, Query and Header are of the head as parsed, too.
func (x *exchange) Method() []byte { return x.req.Method }
func (x *exchange) Query() []byte  { return x.req.Query() }
func (x *exchange) Header(name string, from int) ([]byte, int) {
	return http1.Next(x.req.Fields, name, from)
}

// AnswerHeader is of the answer's head as parsed.
func (x *exchange) AnswerHeader(name string, from int) ([]byte, int) {
	return http1.Next(x.resp.Fields, name, from)
}

// Replayable says whether the body is still all there, and the client has heard
// nothing yet.
func (x *exchange) Replayable() bool { return !x.body.begun() && !x.hinted }

func (x *exchange) toHead() bool { return string(x.req.Method) == "HEAD" }

// Fits holds the body to so many bytes. One that is too large ends the connection:
// what is left of it is not worth reading.
func (x *exchange) Fits(most int64) bool {
	x.body.most = most
	if x.body.tooLarge() {
		x.req.KeepAlive = false
		return false
	}
	return true
}

// bodyTooLarge counts a body that turned out to be too large, and is its answer.
func (x *exchange) bodyTooLarge() *reply {
	x.req.KeepAlive = false
	return x.c.srv.limited(replyBodyTooLarge)
}

// Reply answers with one of Weir's own answers.
func (x *exchange) Reply(r *reply) bool {
	c := x.c
	x.keep = x.mayKeep(x.body.over())
	o := replyOptions{
		json:     wantsJSON(http1.Value(x.req.Fields, "accept")),
		bodyless: x.toHead(),
		minor:    x.req.Minor,
		close:    !x.keep,
	}
	if r.made != nil {
		facts := x.ownFacts()
		o.facts = &facts
	}
	x.out = r.append(x.out[:0], o)
	x.replied = r
	c.sent.notBody += headOf(x.out)
	if c.write(x.out, sock.Now()) != nil {
		x.keep, x.cut = false, true
		return false
	}
	return true
}

// mayKeep says whether the client's connection can serve another request after
// an answer that is framed; over, whether the whole request has been taken.
func (x *exchange) mayKeep(over bool) bool {
	return over && x.req.KeepAlive && x.c.mayGoOn()
}
