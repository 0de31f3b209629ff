//go:build !race

package proxy

import "testing"

// TestAllocFreeGet sends GETs through real sockets; client and backend of the
// test allocate nothing either, so all that AllocsPerRun finds is the proxy's.
func TestAllocFreeGet(t *testing.T) {
	r := start(t, upstreamOf(t, part{name: "v1", weight: 1, addresses: []string{cannedBackend(t)}}), Options{})
	once := roundTrips(t, r)
	for range 100 {
		once()
	}
	if n := testing.AllocsPerRun(2000, once); n != 0 {
		t.Errorf("%v allocations per GET, want 0", n)
	}
}
