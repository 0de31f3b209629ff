package proxy

import (
	"errors"
	"io"
	"os"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// Discard drops the answer at hand. Its connection is kept when the whole answer
// has come with its head.
func (x *exchange) Discard() {
	short := x.resp.Framing == http1.NoBody && len(x.answer.unread()) == 0 ||
		x.resp.Framing == http1.Length && int64(len(x.answer.unread())) == x.resp.Length
	if short {
		x.answer.r = x.answer.w
	}
	x.part(short, sock.Now())
}

// Relay passes the answer at hand to the client.
func (x *exchange) Relay(a *attempt, version string) (kind outcome.Kind, truncated bool) {
	if x.resp.Status == 101 {
		return x.upgrade(a, version)
	}
	x.keep = x.mayKeep(x.body.over())
	if x.resp.Status >= 300 && !x.body.gone() {
		x.stopUpload() // refused before it was read: the rest would be for nothing
	}
	var framing http1.Framing
	o := http1.ResponseOptions{
		ClientMinor:   x.req.Minor,
		Close:         !x.keep,
		ExposeVersion: version,
	}
	if a.route.response != nil {
		facts := x.facts(a)
		o.Edits, o.Facts = a.route.response, &facts
	}
	o.Lines = x.ownLines(a)
	x.out, framing = http1.AppendResponse(x.out[:0], &x.resp, o)
	x.c.sent.notBody += int64(len(x.out))
	if framing == http1.UntilClose {
		x.keep = false
		x.c.beginUntilClose()
	}
	r := relayer{x: x, to: framing, edits: a.route.response, idle: a.upstream.Timeouts.Idle, now: sock.Now(), pair: a.pair}
	switch x.resp.Framing {
	case http1.NoBody:
		kind = r.send(x.out)
	case http1.Length:
		kind = r.length(x.resp.Length)
	default:
		kind = r.coded()
	}
	truncated = kind.Failed() || kind == outcome.Canceled && x.up.WasCut()
	x.part(kind == outcome.OK, sock.Now())
	if kind != outcome.OK {
		x.keep, x.cut = false, true
	}
	if framing == http1.UntilClose {
		x.c.endUntilClose(kind == outcome.OK)
	}
	return kind, truncated
}

// relayer brings one answer's body to the client.
type relayer struct {
	x     *exchange
	to    http1.Framing // towards the client
	edits *http1.Edits  // of the route, for trailers
	idle  time.Duration // the longest silence of the endpoint
	now   time.Duration // when the last read returned: what it brought is written at once
	pair  *pair         // where the body is to be compared with another version's; else nil
}

// send writes to the client. Without a client there is no use in the rest.
func (r *relayer) send(p []byte) outcome.Kind {
	if r.x.c.write(p, r.now) != nil {
		return outcome.Canceled
	}
	return outcome.OK
}

// read takes what the endpoint has sent next, at once, however little.
func (r *relayer) read(p []byte) (int, error) {
	n, err := r.x.up.ReadBy(p, sock.Now()+r.idle, r.idle)
	if errors.Is(err, sock.ErrInterrupted) && r.goesOn() {
		n, err = r.x.up.ReadBy(p, sock.Now()+r.idle, r.idle)
	}
	r.now = sock.Now() // the read may have waited: that time is not the client's
	return n, err
}

// goesOn says that a read was interrupted by nothing but an upload whose endpoint
// takes no more of it. That one answers all the same, for as long as it likes: the
// request has to be read before its answer ends by no rule of HTTP.
func (r *relayer) goesOn() bool {
	up, u := r.x.up, r.x.body.up
	if up.WasCut() || r.x.c.left.Load() || u == nil || u.endedByClient() {
		return false
	}
	up.Resume()
	return !r.x.c.left.Load() // it may have interrupted just before the line above
}

// broken is what a failed read in a body counts as. The watcher interrupts it when
// the client has left, and an upload that still runs beside it when the client breaks
// that off.
func (r *relayer) broken(err error) outcome.Kind {
	switch {
	case r.x.up.WasCut(), errors.Is(err, sock.ErrInterrupted):
		return outcome.Canceled
	case errors.Is(err, os.ErrDeadlineExceeded):
		return outcome.Timeout
	}
	return outcome.Reset
}

// compare takes note of bytes of the body, where somebody wants to know.
func (r *relayer) compare(data []byte) {
	if r.pair != nil {
		r.pair.stable.take(data)
	}
}

// length passes a body of known length: what came with the head in one write
// with it, then as it comes.
func (r *relayer) length(rest int64) outcome.Kind {
	x := r.x
	here := x.answer.unread()
	if int64(len(here)) > rest {
		here = here[:rest]
	}
	r.compare(here)
	kind := r.send(x.joined(here))
	x.answer.r += len(here)
	rest -= int64(len(here))
	if rest == 0 || kind != outcome.OK {
		return kind
	}
	buf := takeBody()
	defer giveBody(buf)
	for rest > 0 {
		n, err := r.read(buf[:min(rest, bodyBuffer)])
		if err != nil {
			return r.broken(err)
		}
		rest -= int64(n)
		r.compare(buf[:n])
		if kind := r.send(buf[:n]); kind != outcome.OK {
			return kind
		}
	}
	return outcome.OK
}

// joined returns the head for the client and the unread bytes behind it in one
// piece: right before them where the head fits, else behind the head.
func (x *exchange) joined(here []byte) []byte {
	if len(here) == 0 {
		return x.out
	}
	at := x.answer.r - len(x.out)
	if at < 0 {
		x.out = append(x.out, here...)
		return x.out
	}
	copy(x.answer.buf[at:], x.out)
	return x.answer.buf[at : x.answer.r+len(here)]
}

// coded passes a body whose length nobody knows: chunked or until the close, on
// either side.
func (r *relayer) coded() outcome.Kind {
	x := r.x
	x.coding.Reset()
	out, done, err := r.recode(x.out, x.answer.unread())
	x.out = out
	if kind := r.send(out); kind != outcome.OK {
		return kind
	}
	if done || err != nil {
		return r.ended(err)
	}
	buf, framed := takeBody(), takeBody()
	defer giveBody(buf)
	defer giveBody(framed)
	for {
		n, err := r.read(buf[:bodyBuffer])
		if err != nil {
			return r.closed(err)
		}
		out, done, err := r.recode(framed[:0], buf[:n])
		if len(out) > 0 {
			if kind := r.send(out); kind != outcome.OK {
				return kind
			}
		}
		if done || err != nil {
			return r.ended(err)
		}
	}
}

// recode appends the data in bytes from the endpoint, framed for the client. The
// bytes behind the end of the body stay unread.
func (r *relayer) recode(out, in []byte) (_ []byte, done bool, err error) {
	x := r.x
	x.answer.r = x.answer.w
	if x.resp.Framing == http1.UntilClose {
		return r.frame(out, in), false, nil
	}
	for len(in) > 0 && !done {
		var data []byte
		var n int
		data, n, done, err = x.coding.Next(in)
		if err != nil {
			return out, false, err
		}
		out = r.frame(out, data)
		in = in[n:]
	}
	if done {
		if r.to == http1.Chunked {
			out = r.lastChunk(out, r.edits.Trailers(x.coding.Trailers()))
		}
		if len(in) > 0 {
			x.resp.KeepAlive = false // something after the answer: nobody asked for it
		}
	}
	return out, done, nil
}

func (r *relayer) frame(out, data []byte) []byte {
	r.compare(data)
	if r.to == http1.Chunked {
		before := len(out)
		out = http1.AppendChunk(out, data)
		r.x.c.sent.notBody += int64(len(out) - before - len(data))
		return out
	}
	return append(out, data...)
}

func (r *relayer) lastChunk(out, trailers []byte) []byte {
	before := len(out)
	out = http1.AppendLastChunk(out, trailers)
	r.x.c.sent.notBody += int64(len(out) - before)
	return out
}

// ended is the outcome when the coding says that the body is over, or is none.
func (r *relayer) ended(err error) outcome.Kind {
	if err != nil {
		return outcome.Reset
	}
	return outcome.OK
}

// closed is the outcome when the endpoint sends no more: the end of a body that
// lasts until then, else a body cut short. Over TLS it takes a goodbye, or
// anybody on the way could have cut the body (RFC 9112 §9.8).
func (r *relayer) closed(err error) outcome.Kind {
	if r.x.resp.Framing != http1.UntilClose || !errors.Is(err, io.EOF) || r.x.up.Torn() {
		return r.broken(err)
	}
	if r.to == http1.Chunked {
		return r.send(r.lastChunk(r.x.out[:0], nil))
	}
	return outcome.OK
}
