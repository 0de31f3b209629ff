package outcome

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// Version counts the attempts made at one version of an upstream, cumulatively
// since NewVersion. It outlives snapshots. All methods may be called by any
// goroutine; those that record take no lock and allocate nothing. Use NewVersion.
//
// The shard numbers keep writers on different cores apart: a caller gives each of
// its connections one. Any int is legal, numbers wrap around.
type Version struct {
	shards []versionShard // len is shards
	bounds atomic.Uint32  // see SlowerThan
}

type versionCounts struct {
	first, later, repeated     [NumKinds]atomic.Uint64
	writes                     [NumKinds]atomic.Uint64
	keys                       atomic.Uint64
	clientErrors               atomic.Uint64
	firstLatency, laterLatency liveHistogram
}

type versionShard struct {
	versionCounts
	_ [lineBytes - unsafe.Sizeof(versionCounts{})%lineBytes]byte
}

// NewVersion returns counters at zero: about 3 KiB for each of at most 16 shards.
func NewVersion() *Version { return &Version{shards: make([]versionShard, shards)} }

func (v *Version) shard(n int) *versionShard { return &v.shards[n&(len(v.shards)-1)] }

// First counts the end of a request's first attempt, once, under the version that
// the split chose. Only these count for a verdict.
func (v *Version) First(shard int, k Kind) { v.shard(shard).first[k].Add(1) }

// Repeated counts, instead of First, a first attempt of a key that has failed before in
// the rollout (see Dedupe): it is neither a failure nor a request of the verdict's.
func (v *Version) Repeated(shard int, k Kind) { v.shard(shard).repeated[k].Add(1) }

// Write counts, instead of First, a first attempt of a write that went where writes are
// pinned: the split did not choose for it, so it is compared with nothing.
func (v *Version) Write(shard int, k Kind) { v.shard(shard).writes[k].Add(1) }

// Key counts a key that came for the first time, to this version: see Keys.
func (v *Version) Key(shard int) { v.shard(shard).keys.Add(1) }

// Later counts the end of a retry, a hedge or an attempt of a pinned request, once,
// under the version it went to.
func (v *Version) Later(shard int, k Kind) { v.shard(shard).later[k].Add(1) }

// ClientError counts, besides First, a first attempt that ended OK with a 4xx: the
// client's mistake, or a candidate that has lost its routes.
func (v *Version) ClientError(shard int) { v.shard(shard).clientErrors.Add(1) }

// FirstByte counts the time from the last byte of the request sent to the first
// byte of the answer, of an attempt that got one. It returns how many of the bounds
// of SlowerThan a first attempt lies above: 0 for any other.
func (v *Version) FirstByte(shard int, first bool, d time.Duration) (above int) {
	if !first {
		v.shard(shard).laterLatency.add(bucketOf(d), d)
		return 0
	}
	bucket := bucketOf(d)
	v.shard(shard).firstLatency.add(bucket, d)
	for b := v.bounds.Load(); b != 0 && bucket > int(b&0xff); b >>= 8 {
		above++
	}
	return above
}

// SlowerThan sets the buckets above which first attempts are told apart from now
// on, rising. Those of a version that is not judged are all 0, which tells none
// apart; so is every bound from the first 0 on. The control plane calls it.
func (v *Version) SlowerThan(bounds [NumBounds]uint8) {
	packed := uint32(bounds[0]) | uint32(bounds[1])<<8 | uint32(bounds[2])<<16
	if v.bounds.Load() != packed { // do not write to a line that is already right
		v.bounds.Store(packed)
	}
}

// NumBounds is how many bounds SlowerThan takes.
const NumBounds = 3

// Totals overwrites *t with the sum over all shards. Each counter only grows, so
// counters read later never lie below those read earlier; the reading is not one
// instant, but as Requests is computed from the same numbers as Failures,
// Failures <= Requests holds for every reading and every difference of two.
func (v *Version) Totals(t *Totals) {
	*t = Totals{}
	for i := range v.shards {
		s := &v.shards[i]
		t.ClientErrors += s.clientErrors.Load() // written after First, so that there are never more
		for k := range NumKinds {
			t.First[k] += s.first[k].Load()
			t.Later[k] += s.later[k].Load()
			t.Repeated[k] += s.repeated[k].Load()
			t.Writes[k] += s.writes[k].Load()
		}
		t.Keys += s.keys.Load()
		s.firstLatency.addTo(&t.FirstLatency)
		s.laterLatency.addTo(&t.Latency)
	}
	t.Latency.merge(&t.FirstLatency)
}

// Totals is one reading of a Version, in plain values. The zero value is what a
// new Version reads.
type Totals struct {
	First, Later [NumKinds]uint64 // ended attempts, by Kind
	Repeated     [NumKinds]uint64 // first attempts that are not among First: Version.Repeated
	Writes       [NumKinds]uint64 // and those of pinned writes: Version.Write
	Keys         uint64           // that came for the first time
	ClientErrors uint64           // first attempts that ended OK with a 4xx
	Latency      Histogram        // to the first byte; first and later attempts
	FirstLatency Histogram        // of Latency, that of first attempts
}

// Requests is how many first attempts count for a verdict: all but canceled ones.
func (t *Totals) Requests() uint64 {
	var n uint64
	for k := range Canceled {
		n += t.First[k]
	}
	return n
}

// Failures is how many of Requests failed.
func (t *Totals) Failures() uint64 { return failed(&t.First) }

// PinnedWrites is how many first attempts of pinned writes there were, all but canceled
// ones, and how many of them failed.
func (t *Totals) PinnedWrites() (requests, failures uint64) {
	for k := range Canceled {
		requests += t.Writes[k]
	}
	return requests, failed(&t.Writes)
}

// FailedAttempts is how many attempts failed, first and later ones.
func (t *Totals) FailedAttempts() uint64 {
	return failed(&t.First) + failed(&t.Later) + failed(&t.Repeated) + failed(&t.Writes)
}

// Attempts is how many attempts of all sorts have ended as k.
func (t *Totals) Attempts(k Kind) uint64 {
	return t.First[k] + t.Later[k] + t.Repeated[k] + t.Writes[k]
}

// Sub takes prev, an earlier reading of the same Version, away from t, so that t
// holds what came in between.
func (t *Totals) Sub(prev *Totals) {
	for k := range NumKinds {
		t.First[k] -= prev.First[k]
		t.Later[k] -= prev.Later[k]
		t.Repeated[k] -= prev.Repeated[k]
		t.Writes[k] -= prev.Writes[k]
	}
	t.Keys -= prev.Keys
	t.ClientErrors -= prev.ClientErrors
	t.Latency.Sub(&prev.Latency)
	t.FirstLatency.Sub(&prev.FirstLatency)
}

func failed(byKind *[NumKinds]uint64) uint64 {
	var n uint64
	for k, c := range byKind {
		if Kind(k).Failed() {
			n += c
		}
	}
	return n
}
