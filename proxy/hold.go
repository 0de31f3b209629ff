package proxy

import (
	"errors"

	"weir/proxy/internal/http1"
	"weir/proxy/internal/sock"
)

// Hold reads the body into memory before an endpoint is chosen, up to limit
// bytes of it: then another attempt can send it again, and a slow client keeps no
// endpoint waiting. A longer body is streamed, with what is held in front of it;
// nothing is held of one that says so beforehand.
func (x *exchange) Hold(limit int) (refused *reply, ok bool) {
	b := &x.body
	if b.whole || b.framing == http1.Length && b.length > int64(limit) {
		return nil, true
	}
	if x.invite() != nil {
		return nil, false
	}
	b.holdHere()
	for !b.whole && b.held.size <= int64(limit) {
		room := b.held.room()
		n, err := x.readBody(room)
		b.read.Add(int64(n))
		if err == nil {
			err = b.take(room[:n])
		}
		if err != nil {
			return x.bodyFault(err), false
		}
	}
	return nil, true
}

// readBody reads from the client what is no more than its body, where that can
// be told.
func (x *exchange) readBody(room []byte) (int, error) {
	if b := &x.body; b.framing == http1.Length {
		room = room[:min(b.length-b.held.size, int64(len(room)))]
	}
	c := x.c
	patience := c.policy.BodyTimeout
	for {
		n, err := c.client.ReadBy(room, sock.Now()+patience, patience)
		if !errors.Is(err, sock.ErrInterrupted) || c.srv.closing.Err() != nil {
			return n, err
		}
		c.client.Resume() // a drain, which means idle connections
	}
}

// holdHere holds what came with the head.
func (b *requestBody) holdHere() {
	b.holds = true
	if b.framing == http1.Length {
		b.held.add(b.here)
		return
	}
	b.scan.Reset()
	for in := b.here; len(in) > 0; {
		data, n, _, _ := b.scan.Next(in) // measured before: no error, and not the end
		b.held.add(data)
		in = in[n:]
	}
}

// take holds what has been read into the room: of a chunked body the data, moved
// together.
func (b *requestBody) take(in []byte) error {
	if b.framing == http1.Length {
		b.held.grow(len(in))
		b.whole = b.held.size == b.length
		return nil
	}
	room, kept := in, 0
	for len(in) > 0 && !b.whole {
		data, n, done, err := b.scan.Next(in)
		if err != nil {
			return err
		}
		kept += copy(room[kept:], data)
		in, b.whole = in[n:], done
		if b.tooLarge() {
			return errTooLarge
		}
	}
	b.held.grow(kept)
	b.past = in
	b.read.Add(-int64(len(in)))
	return nil
}
