package outcome

import (
	"runtime"
	"testing"
	"unsafe"
)

func TestShardsFor(t *testing.T) {
	for _, tc := range []struct{ procs, want int }{
		{1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {9, 16}, {16, 16}, {17, 16}, {256, 16},
	} {
		if got := shardsFor(tc.procs); got != tc.want {
			t.Errorf("shardsFor(%d) = %d, want %d", tc.procs, got, tc.want)
		}
	}
	if n := shards; n < min(runtime.GOMAXPROCS(0), maxShards) || n&(n-1) != 0 {
		t.Errorf("shards = %d with GOMAXPROCS %d, want a power of two that covers it", n, runtime.GOMAXPROCS(0))
	}
}

func TestLayoutKeepsWritersApart(t *testing.T) {
	if n := unsafe.Sizeof(versionShard{}); n%lineBytes != 0 {
		t.Errorf("a shard of Version has %d bytes, want a multiple of %d", n, lineBytes)
	}
	if n := unsafe.Sizeof(usersShard{}); n%lineBytes != 0 {
		t.Errorf("a shard of Users has %d bytes, want a multiple of %d", n, lineBytes)
	}
	if n := unsafe.Sizeof(Endpoint{}); n != lineBytes {
		t.Errorf("Endpoint has %d bytes, want %d", n, lineBytes)
	}
}

// Any int is a legal shard number, on however many shards.
func TestShardNumbersWrapAround(t *testing.T) {
	v := &Version{shards: make([]versionShard, 4)}
	u := &Users{shards: make([]usersShard, 4)}
	for n := -9; n < 9; n++ {
		v.First(n, OK)
		u.Done(n, 200, false, 0)
	}
	var vt Totals
	v.Totals(&vt)
	if vt.Requests() != 18 || u.Requests() != 18 {
		t.Errorf("18 records on shards -9..8: Version has %d, Users has %d", vt.Requests(), u.Requests())
	}
}
