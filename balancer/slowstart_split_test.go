package balancer

import "testing"

// TestSlowStartIsWithinAVersion: the split is of versions, whatever their endpoints may
// take of each other.
func TestSlowStartIsWithinAVersion(t *testing.T) {
	v1, v2 := group(1, 1), group(1, 1)
	for _, e := range v2.Endpoints() {
		e.Live.SetShare(1)
	}
	s, err := NewSplit([]Share{{Version: "v1", Weight: 3, Group: v1}, {Version: "v2", Weight: 1, Group: v2, Candidate: true}}, 0, &Sequence{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	var versions, endpoints [2]int
	for range n {
		v := s.Choose(nil)
		e := s.Enter(v, nil)
		if e < 0 {
			t.Fatalf("version %d has no endpoint", v)
		}
		versions[v]++
		if v == 1 {
			endpoints[e]++
		}
	}
	if d := versions[1] - n/4; d < -5 || d > 5 {
		t.Errorf("%d of %d requests went to a version in slow start, want a quarter", versions[1], n)
	}
	if d := endpoints[0] - endpoints[1]; d < -60 || d > 60 {
		t.Errorf("its endpoints got %v, want the same each", endpoints)
	}
}
