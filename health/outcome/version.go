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
}

type versionCounts struct {
	first, later [NumKinds]atomic.Uint64
	latency      liveHistogram
}

type versionShard struct {
	versionCounts
	_ [lineBytes - unsafe.Sizeof(versionCounts{})%lineBytes]byte
}

// NewVersion returns counters at zero: about 1.5 KiB for each of at most 16 shards.
func NewVersion() *Version { return &Version{shards: make([]versionShard, shards)} }

func (v *Version) shard(n int) *versionShard { return &v.shards[n&(len(v.shards)-1)] }

// First counts the end of a request's first attempt, once, under the version that
// the split chose. Only these count for a verdict.
func (v *Version) First(shard int, k Kind) { v.shard(shard).first[k].Add(1) }

// Later counts the end of a retry, a hedge or an attempt of a pinned request, once,
// under the version it went to.
func (v *Version) Later(shard int, k Kind) { v.shard(shard).later[k].Add(1) }

// FirstByte counts the time from the last byte of the request sent to the first
// byte of the answer, of an attempt (first or later) that got one.
func (v *Version) FirstByte(shard int, d time.Duration) { v.shard(shard).latency.add(d) }

// Totals overwrites *t with the sum over all shards. Each counter only grows, so
// counters read later never lie below those read earlier; the reading is not one
// instant, but as Requests is computed from the same numbers as Failures,
// Failures <= Requests holds for every reading and every difference of two.
func (v *Version) Totals(t *Totals) {
	*t = Totals{}
	for i := range v.shards {
		s := &v.shards[i]
		for k := range NumKinds {
			t.First[k] += s.first[k].Load()
			t.Later[k] += s.later[k].Load()
		}
		s.latency.addTo(&t.Latency)
	}
}

// Totals is one reading of a Version, in plain values. The zero value is what a
// new Version reads.
type Totals struct {
	First, Later [NumKinds]uint64 // ended attempts, by Kind
	Latency      Histogram        // to the first byte; first and later attempts
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

// FailedAttempts is how many attempts failed, first and later ones.
func (t *Totals) FailedAttempts() uint64 { return failed(&t.First) + failed(&t.Later) }

// Sub takes prev, an earlier reading of the same Version, away from t, so that t
// holds what came in between.
func (t *Totals) Sub(prev *Totals) {
	for k := range NumKinds {
		t.First[k] -= prev.First[k]
		t.Later[k] -= prev.Later[k]
	}
	t.Latency.Sub(&prev.Latency)
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
