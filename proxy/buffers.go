package proxy

import "sync"

const (
	smallBuffer = 4 << 10  // a client's buffer while its connection is idle
	headBuffer  = 32 << 10 // nearly every head, and what a chunked upload reads at once
	answerSize  = 16 << 10 // an answer's head and the first of its body
	bodyBuffer  = 32 << 10 // one read of a body that is streamed; bench/NOTES.md has what others gave
	framingRoom = 512      // for the chunk lines around one such read
)

type (
	smallBytes [smallBuffer]byte
	headBytes  [headBuffer]byte
	bodyBytes  [bodyBuffer + framingRoom]byte
)

// Pools of arrays, by pointer: putting one back allocates nothing.
var (
	smallPool = sync.Pool{New: func() any { return new(smallBytes) }}
	headPool  = sync.Pool{New: func() any { return new(headBytes) }}
	bodyPool  = sync.Pool{New: func() any { return new(bodyBytes) }}
)

func takeBody() *bodyBytes  { return bodyPool.Get().(*bodyBytes) }
func giveBody(b *bodyBytes) { bodyPool.Put(b) }

// input is what a client has sent and nobody has used yet: buf[r:w]. It has no
// buffer while the connection is idle, a small one for the usual heads, a large
// one for those that need it, and one that is not kept for heads that only a
// generous policy lets in.
type input struct {
	small *smallBytes
	large *headBytes
	buf   []byte
	r, w  int
}

// Lend gives the small buffer to a read that begins a request.
func (in *input) Lend() []byte {
	if in.small == nil {
		in.small = smallPool.Get().(*smallBytes)
		in.buf = in.small[:]
	}
	return in.buf
}

// Withdraw puts the buffers back. Nothing is unread.
func (in *input) Withdraw() {
	if in.large != nil {
		headPool.Put(in.large)
	}
	if in.small != nil {
		smallPool.Put(in.small)
	}
	*in = input{}
}

// unread is what has come and was not used.
func (in *input) unread() []byte { return in.buf[in.r:in.w] }

// skip marks bytes as used. The small buffer comes back as soon as what is left
// fits in.
func (in *input) skip(n int) {
	in.r += n
	if in.r == in.w {
		in.r, in.w = 0, 0
	}
	if in.large != nil && in.w-in.r <= smallBuffer {
		in.w = copy(in.small[:], in.unread())
		in.r = 0
		in.buf = in.small[:]
		headPool.Put(in.large)
		in.large = nil
	}
}

// room returns where the next bytes of a head go; never empty, so the caller bounds
// what is unread. It moves that to the front when the end is reached.
func (in *input) room() []byte {
	if in.w == len(in.buf) && in.r > 0 {
		in.w = copy(in.buf, in.unread())
		in.r = 0
	}
	if in.w == len(in.buf) {
		in.grow()
	}
	return in.buf[in.w:]
}

func (in *input) grow() {
	var next []byte
	if in.large == nil {
		in.large = headPool.Get().(*headBytes)
		next = in.large[:]
	} else {
		next = make([]byte, 2*len(in.buf))
	}
	in.w = copy(next, in.unread())
	in.r = 0
	in.buf = next
}

// put back bytes that were read past the end of a request; there is nothing
// unread, and they fit into the large buffer.
func (in *input) putBack(p []byte) {
	in.r, in.w = 0, 0
	if len(p) > len(in.buf) {
		in.grow()
	}
	in.w = copy(in.buf, p)
}
