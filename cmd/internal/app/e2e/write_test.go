//go:build !race

package e2e

import (
	"fmt"
	"sync"
	"testing"
)

// Promise: a write answers with the revision that it made, and with its own split,
// however many others write at the same time.
func TestWritesAnswerWithTheirOwnRevision(t *testing.T) {
	t.Parallel()
	_, _, w := pair(t, 90, 10)
	const writers = 60
	answers := make([]upstreamAnswer, writers)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			w.call("PUT", "/v1/upstreams/api/split", fmt.Sprintf(`{"weights":{"v1":1000,"v2":%d}}`, i+1), &answers[i])
		})
	}
	wg.Wait()
	made := map[uint64]int{}
	for i, a := range answers {
		if got := a.Split["v2"].Weight; got != float64(i+1) {
			t.Errorf("PUT of v2=%d answers with v2=%v at revision %d", i+1, got, a.Revision)
		}
		if other, twice := made[a.Revision]; twice {
			t.Errorf("v2=%d and v2=%d both have made revision %d", i+1, other, a.Revision)
		}
		made[a.Revision] = i + 1
	}
}
