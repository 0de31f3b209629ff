package http1

import (
	"errors"
	"math"
	"strconv"
)

// Errors of ChunkDecoder.Next. In a request the answer is 400 and the end of
// both connections; in a response both connections are closed. They are for
// operators; none quotes the input.
var (
	ErrChunkSize  = errors.New("chunked body: bad chunk size")
	ErrChunkExt   = errors.New("chunked body: bad or too long chunk extension")
	ErrChunkEnd   = errors.New("chunked body: chunk does not end where its size says")
	ErrChunkWaste = errors.New("chunked body: too much framing for its data")
	ErrTrailer    = errors.New("chunked body: bad or too large trailer section")
)

const (
	maxSizeDigits = 16      // hex digits of a chunk size, leading zeros included
	maxExtension  = 4 << 10 // bytes of one chunk's extensions
)

// chunkState is what the next byte of a chunked body must be.
type chunkState uint8

const (
	chunkSize    chunkState = iota // a digit of the size, or what ends it
	chunkExt                       // chunk extensions, skipped
	chunkSizeLF                    // LF of the size line
	chunkData                      // data
	chunkDataCR                    // CR behind the data
	chunkDataLF                    // LF behind the data
	chunkTrailer                   // trailer section, at a line's start or inside it
	chunkLastLF                    // LF of the empty line that ends the body
	chunkDone
	chunkFailed
)

// ChunkDecoder takes a chunked body (RFC 9112 §7.1) as it arrives, in pieces of
// any size, and gives back the data. The zero value is ready; Reset makes it
// ready again and keeps its memory.
type ChunkDecoder struct {
	state  chunkState
	err    error
	digits int   // of the size, so far
	remain int64 // the size so far, then bytes of data still to come
	ext    int   // bytes of this chunk's extensions
	got    int64 // bytes of data in the whole body
	waste  int64 // bytes of extensions in the whole body
	trailers
}

// Reset forgets everything about the body before.
func (c *ChunkDecoder) Reset() { *c = ChunkDecoder{trailers: c.trailers.reset()} }

// Next takes the first n bytes of in and returns the data among them, a part
// of in, possibly empty. Call it again with in[n:] until that is empty, done is
// true or an error comes; it always gets further when in is not empty. done
// means that the body ended with those n bytes: the rest of in is not part of
// it. After done, or an error, it takes nothing more until Reset.
//
// Chunk extensions are dropped. A body that ends (EOF) before done is
// truncated.
func (c *ChunkDecoder) Next(in []byte) (data []byte, n int, done bool, err error) {
	for n < len(in) && c.state < chunkDone {
		if c.state != chunkData {
			n = c.frame(in, n)
			continue
		}
		if data != nil {
			return data, n, false, nil
		}
		size := min(c.remain, int64(len(in)-n))
		data = in[n : n+int(size)]
		n += int(size)
		c.got += size
		if c.remain -= size; c.remain == 0 {
			c.state = chunkDataCR
		}
	}
	return data, n, c.state == chunkDone, c.err
}

// Trailers returns the trailer lines that may be sent on, each with its CRLF,
// for AppendLastChunk. Complete once Next was done; valid until Reset. Fields
// that trailers must not carry (RFC 9110 §6.5.1: framing, routing,
// authentication, cookies and the like) and names with "_" are not among them.
func (c *ChunkDecoder) Trailers() []byte { return c.kept }

// Got returns how many bytes of data have come so far.
func (c *ChunkDecoder) Got() int64 { return c.got }

// frame takes the framing byte in[i], or more of the same kind, and returns
// the index behind it.
func (c *ChunkDecoder) frame(in []byte, i int) int {
	b := in[i]
	switch c.state {
	case chunkSize:
		c.size(b)
	case chunkExt:
		end := spanValue(in, i)
		if c.ext += end - i; c.ext > maxExtension {
			c.fail(ErrChunkExt)
		} else if end < len(in) {
			c.expect(in[end], '\r', chunkSizeLF, ErrChunkExt)
			end++
		}
		return end
	case chunkSizeLF:
		c.expect(b, '\n', chunkData, ErrChunkSize)
		c.begin()
	case chunkDataCR:
		c.expect(b, '\r', chunkDataLF, ErrChunkEnd)
	case chunkDataLF:
		c.expect(b, '\n', chunkSize, ErrChunkEnd)
	case chunkTrailer:
		if b == '\r' && len(c.line) == 0 {
			c.state = chunkLastLF
			break
		}
		n, ok := c.trailers.take(in[i:])
		if !ok {
			c.fail(ErrTrailer)
		}
		return i + n
	case chunkLastLF:
		c.expect(b, '\n', chunkDone, ErrTrailer)
	}
	return i + 1
}

// size takes one byte of a chunk size, or what ends it. A space is refused
// like any other byte (RFC 9112 §7.1).
func (c *ChunkDecoder) size(b byte) {
	digit := hexDigit(b)
	switch {
	case digit >= 0:
		if c.digits == maxSizeDigits || c.remain > math.MaxInt64>>4 {
			c.fail(ErrChunkSize)
			return
		}
		c.digits++
		c.remain = c.remain<<4 | int64(digit)
	case c.digits > 0 && b == '\r':
		c.state = chunkSizeLF
	case c.digits > 0 && b == ';':
		c.state, c.ext = chunkExt, 1
	default:
		c.fail(ErrChunkSize)
	}
}

// begin starts the chunk whose size line has ended. A body whose extensions
// outweigh its data four to one (80 % of all) is an attack; the first 4 KiB of
// them are free. Small chunks are not: one byte each is legal, if unwise.
func (c *ChunkDecoder) begin() {
	if c.state == chunkFailed {
		return
	}
	c.waste += int64(c.ext)
	if (c.waste-maxExtension)/4 > c.got {
		c.fail(ErrChunkWaste)
		return
	}
	if c.remain == 0 {
		c.state = chunkTrailer
	}
	c.digits, c.ext = 0, 0
}

// expect goes on to next when b is want, else fails with err.
func (c *ChunkDecoder) expect(b, want byte, next chunkState, err error) {
	if b != want {
		c.fail(err)
		return
	}
	c.state = next
}

func (c *ChunkDecoder) fail(err error) { c.state, c.err = chunkFailed, err }

// hexDigit returns the value of a hex digit, or -1.
func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}

// AppendChunk appends data as one chunk. Empty data appends nothing, because an
// empty chunk would end the body.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = strconv.AppendUint(dst, uint64(len(data)), 16)
	dst = append(dst, "\r\n"...)
	dst = append(dst, data...)
	return append(dst, "\r\n"...)
}

// AppendLastChunk appends the end of a chunked body. trailers are complete
// lines as returned by ChunkDecoder.Trailers, or empty.
func AppendLastChunk(dst, trailers []byte) []byte {
	dst = append(dst, "0\r\n"...)
	dst = append(dst, trailers...)
	return append(dst, "\r\n"...)
}
