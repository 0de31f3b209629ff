package outcome

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"testing"
)

var keySeed = maphash.MakeSeed()

func hashOf(n int) uint64 { return maphash.Comparable(keySeed, n) }

func TestKeys(t *testing.T) {
	var k Keys
	if !k.New(hashOf(1)) || k.New(hashOf(1)) {
		t.Error("a key comes for the first time once")
	}
	k.Forget()
	if !k.New(hashOf(1)) {
		t.Error("known after it was forgotten")
	}
}

// TestKeysStayComparable: also when very many have come, the numbers of two versions
// are as their shares are.
func TestKeysStayComparable(t *testing.T) {
	var k Keys
	var counted [2]float64
	for n := range 400_000 {
		version := 0
		if n%10 == 0 {
			version = 1
		}
		if k.New(hashOf(n)) {
			counted[version]++
		}
	}
	all := counted[0] + counted[1]
	if all < keyBits/2 || all > keyBits {
		t.Errorf("%v of 400 000 keys counted, with %d bits", all, keyBits)
	}
	if share := counted[1] / all; math.Abs(share-0.1) > 5*math.Sqrt(0.09/all) {
		t.Errorf("a version with a tenth of the keys has %v of those counted", share)
	}
}

func TestKeysAtOnce(t *testing.T) {
	var k Keys
	var first atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 1000 {
				if k.New(hashOf(n)) {
					first.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := first.Load(); n > 1000 || n < 980 {
		t.Errorf("%d keys came for the first time, want 1000 or a few less", n)
	}
}
