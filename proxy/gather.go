package proxy

import "weir/proxy/internal/http1"

// Gather reads what comes of the body while the request waits at the gate, in pieces
// that the gate has room for. What is left when there is no more room, or when the wait
// is over, is streamed behind what is held. A client that has to be asked for its body
// is not asked: it may be refused yet.
func (x *exchange) Gather(g *WriteGate, w *waitingWrite) (refused *reply, ok bool) {
	b := &x.body
	if b.whole || b.holds || x.uninvited() {
		return nil, true
	}
	// Of a chunked body nobody knows how long it is: a piece at a time.
	room := wholePieces(int64(len(b.here)) + 1)
	if b.framing == http1.Length {
		room = wholePieces(b.length)
	}
	if !g.room(w, room) {
		return nil, true
	}
	b.holdHere()
	for !b.whole && g.waits(w) {
		if b.held.size == room { // chunked
			if !g.room(w, bodyBuffer) {
				break
			}
			room += bodyBuffer
		}
		in := b.held.room()
		n, err := x.readBody(in)
		b.read.Add(int64(n))
		if err == nil {
			err = b.take(in[:n])
		}
		if err != nil {
			return x.bodyFault(err), false
		}
	}
	return nil, true
}

// wholePieces is the memory that so many bytes of a body take.
func wholePieces(n int64) int64 { return (n + bodyBuffer - 1) / bodyBuffer * bodyBuffer }
