package proxy

import (
	"errors"
	"sync/atomic"

	"weir/proxy/internal/http1"
)

// requestBody is the body of one request: how much of it came together with the
// head or is held in memory, and the uploader that brings the rest.
type requestBody struct {
	framing http1.Framing
	length  int64  // when framed by length
	most    int64  // bytes that it may have; 0: no bound
	here    []byte // what of it is in the client's input; chunked: as it came
	holds   bool   // held has all that was read, what is here too
	held    heldBody
	whole   bool         // what is here, or held, is all of it
	past    []byte       // what was read past its end: of the next request
	read    atomic.Int64 // bytes of it that came after the head's, as they came
	up      *upload
	edits   *http1.Edits // of the attempt's route, for trailers
	scan    http1.ChunkDecoder
}

// find looks at the bytes behind the head. It returns false when they are no
// body.
func (b *requestBody) find(r *http1.Request, behind []byte) bool {
	b.framing, b.length, b.most, b.up = r.Framing, r.Length, 0, nil
	b.holds, b.past = false, nil
	b.read.Store(0)
	switch r.Framing {
	case http1.Length:
		b.whole = int64(len(behind)) >= r.Length
		if b.whole {
			behind = behind[:r.Length]
		}
		b.here = behind
	case http1.Chunked:
		n, done, ok := b.measure(behind)
		if !ok {
			return false
		}
		b.here, b.whole = behind[:n], done
	default:
		b.here, b.whole = nil, true
	}
	return true
}

var errTooLarge = errors.New("body is larger than it may be")

// tooLarge says whether the body, as far as it is known, has more bytes than it may.
func (b *requestBody) tooLarge() bool {
	size := b.length
	if b.framing == http1.Chunked {
		size = b.scan.Got()
	}
	return b.most > 0 && size > b.most
}

// measure runs over the chunks that are here. Its decoder goes on from there
// when the body is not complete.
func (b *requestBody) measure(behind []byte) (n int, done, ok bool) {
	b.scan.Reset()
	for n < len(behind) && !done {
		_, m, end, err := b.scan.Next(behind[n:])
		if err != nil {
			return n, false, false
		}
		n, done = n+m, end
	}
	return n, done, true
}

// begun says that an uploader has taken from the client what nobody holds: the
// body cannot be sent again.
func (b *requestBody) begun() bool { return b.up != nil && !b.whole }

// over says that all of the body has been taken from the client.
func (b *requestBody) over() bool { return b.whole || (b.up != nil && b.up.complete()) }

// gone says that all of the body has gone to the endpoint of this attempt.
func (b *requestBody) gone() bool {
	if b.up != nil {
		return b.up.complete()
	}
	return b.whole
}

// taken is how many bytes of the body have come from the client, as they came.
func (b *requestBody) taken() int64 { return int64(len(b.here)) + b.read.Load() }

// have is how many bytes of a body with a length are here or held.
func (b *requestBody) have() int64 {
	if b.holds {
		return b.held.size
	}
	return int64(len(b.here))
}

// append puts what is here behind a head, framed as the head says, and says
// whether that is all. What is held and is more than one piece is left to an
// uploader: an endpoint may answer before it has read so much.
func (b *requestBody) append(dst []byte) (_ []byte, all bool) {
	switch {
	case !b.holds:
		return b.appendHere(dst), b.whole
	case !b.whole || b.held.size > bodyBuffer:
		return dst, false
	}
	dst = b.held.appendPiece(dst, 0, b.framing)
	if b.framing == http1.Chunked {
		dst = http1.AppendLastChunk(dst, b.trailers())
	}
	return dst, true
}

// trailers are the lines that go behind a chunked body which is here whole.
func (b *requestBody) trailers() []byte { return b.edits.Trailers(b.scan.Trailers()) }

func (b *requestBody) appendHere(dst []byte) []byte {
	if b.framing != http1.Chunked {
		return append(dst, b.here...)
	}
	b.scan.Reset()
	for in, done := b.here, false; len(in) > 0 && !done; {
		var data []byte
		var n int
		data, n, done, _ = b.scan.Next(in) // measured before: no error
		dst = http1.AppendChunk(dst, data)
		if done {
			dst = http1.AppendLastChunk(dst, b.trailers())
		}
		in = in[n:]
	}
	return dst
}

// leave moves the client's input to the next request. head is the length of
// this one's.
func (b *requestBody) leave(in *input, head int) {
	in.skip(head + len(b.here))
	b.here = nil
	if b.up != nil {
		b.up.halt()
	}
	if len(b.past) > 0 {
		in.putBack(b.past)
		b.past = nil
	}
	b.endUpload()
	b.held.free()
}

// endUpload lets go of the uploader, which may still be running.
func (b *requestBody) endUpload() {
	if b.up != nil {
		b.up.end()
		b.up = nil
	}
}
