package balancer

import (
	"hash/crc32"
	"strconv"
)

// keyHash is NGINX's hash without "consistent", which is that of Cache::Memcached: a
// CRC-32 over the number of the look and the key, of which 15 bits are added to those
// of the looks before.
type keyHash struct{ ranges }

// numbered has the CRC-32 of each look's number; the first has none.
var numbered = func() (of [1 + misses + MaxTries]uint32) {
	for i := 1; i < len(of); i++ {
		of[i] = crc32.ChecksumIEEE([]byte(strconv.Itoa(i)))
	}
	return of
}()

func (h *keyHash) place(f *fit) int32 {
	key, sum := f.ask.Key, uint32(0)
	for look := range f.ask.looks() {
		crc := crc32.Update(numbered[look], crc32.IEEETable, key)
		if look == 0 {
			f.chance = uint64(crc)
		}
		sum += crc >> 16 & 0x7fff
		if i := h.modulo(sum); f.ok(i) {
			return i
		}
	}
	return -1
}

// addressHash is NGINX's ip_hash.
type addressHash struct{ ranges }

func (h *addressHash) place(f *fit) int32 {
	hash := uint32(89)
	for look := range f.ask.looks() {
		for _, b := range f.ask.Key {
			hash = (hash*113 + uint32(b)) % 6271
		}
		if look == 0 {
			f.chance = uint64(hash)
		}
		if i := h.modulo(hash); f.ok(i) {
			return i
		}
	}
	return -1
}
