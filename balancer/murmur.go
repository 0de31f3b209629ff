package balancer

import (
	"encoding/binary"
	"math/bits"
)

// murmur is MurmurHash3_x86_32 under way: fed with a salt once, it is copied for each
// key that follows, so that salt + key is hashed as one text without being joined.
// The zero value is seed 0.
type murmur struct {
	hash uint32
	rest [4]byte // what does not fill a block yet
	size uint32  // bytes so far
}

const (
	murmurA = 0xcc9e2d51
	murmurB = 0x1b873593
)

func murmurBlock(k uint32) uint32 { return bits.RotateLeft32(k*murmurA, 15) * murmurB }

func (m *murmur) block(k uint32) {
	m.hash = bits.RotateLeft32(m.hash^murmurBlock(k), 13)*5 + 0xe6546b64
}

// add returns the hash fed with p as well.
func (m murmur) add(p []byte) murmur {
	for m.size%4 != 0 && len(p) > 0 {
		m.rest[m.size%4] = p[0]
		p = p[1:]
		if m.size++; m.size%4 == 0 {
			m.block(binary.LittleEndian.Uint32(m.rest[:]))
		}
	}
	m.size += uint32(len(p))
	for ; len(p) >= 4; p = p[4:] {
		m.block(binary.LittleEndian.Uint32(p))
	}
	copy(m.rest[:], p) // nothing is left where p ended within the first block
	return m
}

// sum is the hash of everything so far.
func (m murmur) sum() uint32 {
	h, k := m.hash, uint32(0)
	for i := int(m.size%4) - 1; i >= 0; i-- {
		k = k<<8 | uint32(m.rest[i])
	}
	h ^= murmurBlock(k)
	h ^= m.size
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
