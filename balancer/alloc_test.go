//go:build !race

package balancer

import "testing"

func TestAllocPick(t *testing.T) {
	s := mustSplit(t, 0, version("v1", 90, 3), version("v2", 10, 3))
	var ask Ask
	n := testing.AllocsPerRun(1000, func() {
		ask.Tried.Reset()
		v := s.Choose()
		ask.Tried.Add(s.Shares()[v].Group.Endpoints()[s.Pick(v, &ask)].Live)
		if _, e := s.Retry(v, &ask); e < 0 {
			t.Error("no endpoint left for a retry")
		}
	})
	if n != 0 {
		t.Errorf("choosing and picking: %v allocs per request, want 0", n)
	}
}
