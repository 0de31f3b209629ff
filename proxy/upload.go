package proxy

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"weir/health/outcome"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/pool"
	"weir/proxy/internal/sock"
)

// upload brings the rest of a request body to the endpoint, what is held of it
// first, in a goroutine of its own: the endpoint may answer before it has read
// everything. Its worker waits for done before it touches the client's input or ends
// the attempt.
type upload struct {
	srv    *Server
	client *sock.Conn
	to     *pool.Conn
	body   *requestBody
	a      *attempt

	patience struct{ client, endpoint time.Duration } // without progress
	stop     atomic.Bool                              // the worker has lost interest
	taken    atomic.Bool                              // the last byte has come from the client
	waited   bool                                     // the worker has given the last write its grace
	done     chan struct{}

	// Written before done is closed.
	err      error // why it ended early
	byClient bool  // err is the client's doing
	buf      *bodyBytes
}

// startUpload sends "100 Continue" to a client that waits for it, and starts.
func (x *exchange) startUpload(a *attempt, idle time.Duration) *AttemptError {
	c := x.c
	if err := x.invite(); err != nil {
		return clientLeft(a, "upload", err)
	}
	x.body.endUpload() // of the attempt before: what it sent is still held
	u := &upload{srv: c.srv, client: &c.client, to: x.up, body: &x.body, a: a, done: make(chan struct{}), buf: takeBody()}
	u.patience.client, u.patience.endpoint = c.policy.BodyTimeout, idle
	x.body.up = u
	a.willSend()
	go u.run()
	return nil
}

func (u *upload) run() {
	defer close(u.done)
	defer func() {
		if p := recover(); p != nil {
			u.srv.panicked(p)
			u.err = fmt.Errorf("upload: %v", p)
			u.to.Interrupt()
		}
	}()
	u.err = u.pieces()
	switch {
	case u.err != nil || u.body.whole:
	case u.body.framing == http1.Chunked:
		u.err = u.chunks()
	default:
		u.err = u.bytes()
	}
	if u.err == nil {
		u.a.sentLater(sock.Now())
	}
}

// pieces sends what is held of the body, and its end when that is all of it.
func (u *upload) pieces() error {
	b := u.body
	for i := range b.held.pieces {
		framed := b.held.appendPiece(u.buf[:0], i, b.framing)
		if last := b.whole && i == len(b.held.pieces)-1; last {
			if b.framing == http1.Chunked {
				framed = http1.AppendLastChunk(framed, b.trailers())
			}
			u.taken.Store(true)
		}
		if err := u.write(framed); err != nil {
			return err
		}
	}
	return nil
}

// bytes copies what the length leaves. It never reads further: what follows is
// the client's next request.
func (u *upload) bytes() error {
	for rest := u.body.length - u.body.have(); rest > 0; {
		n, err := u.read(u.buf[:min(rest, bodyBuffer)])
		if err != nil {
			return err
		}
		rest -= int64(n)
		u.taken.Store(rest == 0)
		if err := u.write(u.buf[:n]); err != nil {
			return err
		}
	}
	return nil
}

// chunks copies chunks, framed anew. It may read into the next request, by no
// more than fits into the client's input.
func (u *upload) chunks() error {
	out := takeBody()
	defer giveBody(out)
	for {
		n, err := u.read(u.buf[:headBuffer])
		if err != nil {
			return err
		}
		framed, done := out[:0], false
		for in := u.buf[:n]; len(in) > 0 && !done; {
			data, m, end, err := u.body.scan.Next(in)
			if err == nil && u.body.tooLarge() {
				err = errTooLarge
			}
			if err != nil {
				return u.fromClient(err)
			}
			framed = http1.AppendChunk(framed, data)
			in, done = in[m:], end
			u.body.past = in
		}
		if done {
			framed = http1.AppendLastChunk(framed, u.body.trailers())
			u.taken.Store(true)
			u.body.read.Add(-int64(len(u.body.past)))
		}
		if err := u.write(framed); err != nil || done {
			return err
		}
	}
}

// read takes bytes from the client. An error of its is the client's doing; the
// worker, which waits for the endpoint, is woken.
func (u *upload) read(p []byte) (int, error) {
	for {
		n, err := u.client.ReadBy(p, sock.Now()+u.patience.client, u.patience.client)
		switch {
		case err == nil:
			u.body.read.Add(int64(n))
			return n, nil
		case u.stop.Load():
			return 0, err
		case errors.Is(err, sock.ErrInterrupted): // by a drain, which means idle connections
			u.client.Resume()
			if u.stop.Load() {
				return 0, err
			}
		default:
			return 0, u.fromClient(err)
		}
	}
}

func (u *upload) fromClient(err error) error {
	u.byClient = true
	u.to.Interrupt()
	return err
}

// write passes bytes on. When the endpoint closes the connection it may have
// answered first: the worker sees which. When it takes nothing the worker is woken,
// and goes on if the answer has begun.
func (u *upload) write(p []byte) error {
	_, err := u.to.WriteAll(p, sock.Now(), u.patience.endpoint)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		u.to.Interrupt()
	}
	return err
}

// running says that the upload goes on. A nil one does not.
func (u *upload) running() bool {
	if u == nil {
		return false
	}
	select {
	case <-u.done:
		return false
	default:
		return true
	}
}

// complete reports whether all of the body has gone on, and the connection it
// went over was not interrupted. An upload that has taken all there is gets one
// moment to end: the endpoint may have answered before this goroutine's partner
// was scheduled again.
func (u *upload) complete() bool {
	select {
	case <-u.done:
		return u.unharmed()
	default:
	}
	if u.waited || !u.taken.Load() {
		return false
	}
	u.waited = true
	grace := time.NewTimer(100 * time.Millisecond)
	defer grace.Stop()
	select {
	case <-u.done:
		return u.unharmed()
	case <-grace.C:
		return false
	}
}

// unharmed says of an upload that has ended that its connection may serve on.
func (u *upload) unharmed() bool { return u.err == nil && !u.stop.Load() }

// endedByClient waits for the end and says whether the client made it.
func (u *upload) endedByClient() bool {
	<-u.done
	return u.byClient
}

// halt ends the upload, wherever it is, and waits for it. The connection to the
// endpoint is interrupted for good.
func (u *upload) halt() {
	select {
	case <-u.done:
		return
	default:
	}
	u.stop.Store(true)
	u.client.Interrupt()
	u.to.InterruptWrite()
	<-u.done
	u.client.Resume()
}

// end halts the upload for good and lets go of its memory.
func (u *upload) end() {
	u.halt()
	giveBody(u.buf)
}

// stopUpload ends the upload of this attempt, if there is one.
func (x *exchange) stopUpload() {
	if u := x.body.up; u != nil {
		u.halt()
	}
}

// uploadFailed says whether it is the upload that ended the attempt, when a read
// of the answer ended with err: the client broke off, stalled or sent no body, or
// the endpoint stopped taking it. Only an uploader interrupts that read.
func (x *exchange) uploadFailed(a *attempt, err error) *AttemptError {
	u := x.body.up
	if u == nil || !errors.Is(err, sock.ErrInterrupted) {
		return nil
	}
	<-u.done
	switch {
	case u.byClient:
		if fault := x.bodyFault(u.err); fault != nil {
			return &AttemptError{Op: "upload", Endpoint: a.endpoint.Address, Kind: outcome.Canceled, Sent: true, Err: u.err, answer: fault}
		}
		return clientLeft(a, "upload", u.err)
	case errors.Is(u.err, os.ErrDeadlineExceeded):
		return x.failed(a, "write", u.err, true)
	}
	return nil
}

// bodyFault is the answer to a body that could not be taken from the client; nil
// when that has left.
func (x *exchange) bodyFault(err error) *reply {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return replyBodyTimeout
	case errors.Is(err, errTooLarge):
		return x.bodyTooLarge()
	case isChunkError(err):
		return replyBadBody
	}
	return nil
}

func isChunkError(err error) bool {
	for _, e := range []error{http1.ErrChunkSize, http1.ErrChunkExt, http1.ErrChunkEnd, http1.ErrChunkWaste, http1.ErrTrailer} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
