package proxy

import "weir/proxy/internal/http1"

// heldBody is a request body, or the beginning of one, in memory: its data
// without framing, in pieces that are all full but the last. It can be sent as
// often as need be. The zero value holds nothing.
type heldBody struct {
	pieces []*bodyBytes
	size   int64 // bytes of data in all of them
}

// room returns where the next bytes may be put; never empty. Only what grow then
// says is held.
func (h *heldBody) room() []byte {
	at := int(h.size % bodyBuffer)
	if at == 0 && h.size == int64(len(h.pieces))*bodyBuffer {
		h.pieces = append(h.pieces, takeBody())
	}
	return h.pieces[len(h.pieces)-1][at:bodyBuffer]
}

// grow holds the next n bytes of room.
func (h *heldBody) grow(n int) { h.size += int64(n) }

// add holds a copy of p.
func (h *heldBody) add(p []byte) {
	for len(p) > 0 {
		n := copy(h.room(), p)
		h.grow(n)
		p = p[n:]
	}
}

// piece returns the data of piece i; empty behind the last.
func (h *heldBody) piece(i int) []byte {
	n := min(max(h.size-int64(i)*bodyBuffer, 0), bodyBuffer)
	if n == 0 {
		return nil
	}
	return h.pieces[i][:n]
}

// appendPiece appends piece i, framed as f says.
func (h *heldBody) appendPiece(dst []byte, i int, f http1.Framing) []byte {
	if f == http1.Chunked {
		return http1.AppendChunk(dst, h.piece(i))
	}
	return append(dst, h.piece(i)...)
}

// free lets go of everything.
func (h *heldBody) free() {
	for i, p := range h.pieces {
		giveBody(p)
		h.pieces[i] = nil
	}
	h.pieces, h.size = h.pieces[:0], 0
}
