package proxy

import (
	"hash/maphash"
	"sync"

	"weir/proxy/internal/http1"
)

// pair is a request of which two versions are asked: what stable made of it, and what
// it takes to ask the other one. It is taken from a pool, and holds what generation
// the request found.
type pair struct {
	x        Exchange // until stable's part is over
	mirror   *Mirror
	upstream *Upstream
	route    *route

	head   []byte
	flags  []byte // lines that said to stable what flags have decided
	policy *Clients
	peer   http1.Peer
	trace  beganTrace

	stable   account
	answered bool // stable's answer is in the account
	failed   bool // stable's attempt
}

// stableVersion is the one that has answered.
func (p *pair) stableVersion() *Version { return p.upstream.Versions[p.upstream.Split.Stable()] }

var pairPool = sync.Pool{New: func() any { return &pair{head: make([]byte, 0, smallBuffer)} }}

func takePair() *pair { return pairPool.Get().(*pair) }

// give puts the pair back. A buffer that a large head made grow is not kept.
func (p *pair) give() {
	head, flags := p.head, p.flags
	if cap(head) > smallBuffer {
		head = nil
	}
	if cap(flags) > smallBuffer {
		flags = nil
	}
	*p = pair{head: head[:0], flags: flags[:0]}
	pairPool.Put(p)
}

// sumSeed is the same for all sums: they are compared with each other.
var sumSeed = maphash.MakeSeed()

// account is what an answer is known by, without the answer.
type account struct {
	status  int
	headers [maxCompared]uint64 // sums of the values, by the place of the name
	most    int64               // bytes of the body that are summed; 0: none
	size    int64               // of the body, as far as it was seen
	body    maphash.Hash
}

// open begins the account of an answer.
func (n *account) open(status int, names []string, header func(name string, from int) ([]byte, int)) {
	n.status, n.size = status, 0
	n.body.SetSeed(sumSeed)
	for i, name := range names {
		var h maphash.Hash
		h.SetSeed(sumSeed)
		for value, next := header(name, 0); next > 0; value, next = header(name, next) {
			h.Write(value)
			h.WriteByte(0) // two lines are another thing than one with both values
		}
		n.headers[i] = h.Sum64()
	}
}

// take adds bytes of the body. One that is too long is not summed.
func (n *account) take(data []byte) {
	if n.size += int64(len(data)); n.size <= n.most {
		n.body.Write(data)
	}
}

// long says that the body was too long to be summed.
func (n *account) long() bool { return n.size > n.most }

// differs says in what two answers differ, for people; "" when they do not as far as
// is compared.
func (n *account) differs(from *account, m *Mirror) string {
	if n.status != from.status {
		return "status"
	}
	for i, name := range m.Headers {
		if n.headers[i] != from.headers[i] {
			return "header " + name
		}
	}
	switch {
	case !m.Body, n.long() && from.long():
		return ""
	case n.long() != from.long(), n.size != from.size, n.body.Sum64() != from.body.Sum64():
		return "body"
	}
	return ""
}
