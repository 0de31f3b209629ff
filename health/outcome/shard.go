package outcome

import "runtime"

// maxShards bounds the memory of a sharded counter; beyond 16 writers the adds
// of one shard collide too rarely to matter.
const maxShards = 16

// lineBytes is the distance that keeps two shards from sharing a cache line:
// 128, because x86 prefetches lines in pairs and some arm64 cores have lines of 128.
const lineBytes = 128

// shards is how many shards every sharded counter of this process has: a power of
// two, at least GOMAXPROCS at start, at most 16. A caller gives each of its
// connections a shard number; any int is legal, numbers wrap around.
var shards = shardsFor(runtime.GOMAXPROCS(0))

func shardsFor(procs int) int {
	n := 1
	for n < procs && n < maxShards {
		n *= 2
	}
	return n
}
