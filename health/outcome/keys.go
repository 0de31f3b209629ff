package outcome

import "sync/atomic"

// keyBits is how many bits a Keys has: 32 KiB of them.
const keyBits = 1 << 18

// Keys finds, of the keys of a keyed split, those that come for the first time, so
// that Version.Key can count them: what a split does to users is seen by users, not by
// how much each of them asks. Every key has one bit of many, by its hash. One whose bit
// another has set before is taken for known: that happens to the keys of all versions
// alike, so their numbers stay comparable, and counting ends when all bits are set. A
// key that is known costs one load. The zero value knows none. Safe for concurrent use.
type Keys struct {
	seen [keyBits / 64]atomic.Uint64
}

// New reports whether the key, by its hash, comes for the first time.
func (k *Keys) New(hash uint64) bool {
	at := (hash >> 32) % keyBits
	word, bit := &k.seen[at/64], uint64(1)<<(at%64)
	return word.Load()&bit == 0 && word.Or(bit)&bit == 0
}

// Forget is for the beginning of a rollout.
func (k *Keys) Forget() {
	for i := range k.seen {
		k.seen[i].Store(0)
	}
}
