// Package murmur is MurmurHash3_x86_32, which users are placed by: on the versions of a
// split, and on the variants of a flag, where flagd's format prescribes it.
//
// It knows bytes, and must not know what they stand for.
package murmur

import (
	"encoding/binary"
	"math/bits"
)

// Hash is a hash under way: fed with a salt once, it is copied for each key that
// follows, so that salt + key is hashed as one text without being joined. The zero value
// is seed 0.
type Hash struct {
	hash uint32
	rest [4]byte // what does not fill a block yet
	size uint32  // bytes so far
}

const (
	factorA = 0xcc9e2d51
	factorB = 0x1b873593
)

func mixed(k uint32) uint32 { return bits.RotateLeft32(k*factorA, 15) * factorB }

func (h *Hash) block(k uint32) {
	h.hash = bits.RotateLeft32(h.hash^mixed(k), 13)*5 + 0xe6546b64
}

// Add returns the hash fed with p as well.
func (h Hash) Add(p []byte) Hash {
	for h.size%4 != 0 && len(p) > 0 {
		h.rest[h.size%4] = p[0]
		p = p[1:]
		if h.size++; h.size%4 == 0 {
			h.block(binary.LittleEndian.Uint32(h.rest[:]))
		}
	}
	h.size += uint32(len(p))
	for ; len(p) >= 4; p = p[4:] {
		h.block(binary.LittleEndian.Uint32(p))
	}
	copy(h.rest[:], p) // nothing is left where p ended within the first block
	return h
}

// Sum is the hash of everything so far.
func (h Hash) Sum() uint32 {
	sum, k := h.hash, uint32(0)
	for i := int(h.size%4) - 1; i >= 0; i-- {
		k = k<<8 | uint32(h.rest[i])
	}
	sum ^= mixed(k)
	sum ^= h.size
	sum ^= sum >> 16
	sum *= 0x85ebca6b
	sum ^= sum >> 13
	sum *= 0xc2b2ae35
	return sum ^ sum>>16
}
