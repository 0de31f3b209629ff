package control

import "testing"

// TestSequenceGoesOn: a generation goes on in the sequence of the one before, or
// a service whose weights change with every few requests gets other shares.
func TestSequenceGoesOn(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 50, 1}, ver{"v2", 50, 1}))})
	b.startWriter(t)
	const generations = 200
	chosen := [2]int{}
	for i := range generations {
		var err error
		if i%2 == 0 {
			total := float64(2 + i%4) // the same shares in other numbers
			_, err = b.SetSplit(t.Context(), "api", weights{"v1": total, "v2": total}, Meta{})
		} else {
			next := fileConfig(upstreamConfig("api", ver{"v1", 50, 1}, ver{"v2", 50, 1 + i%4}))
			_, err = b.Reload(t.Context(), next)
		}
		if err != nil {
			t.Fatal(err)
		}
		chosen[b.upstream("api").proxied.Split.Choose(nil)]++
	}
	if n, _ := b.published(); n < generations {
		t.Errorf("%d generations, want one for each of %d changes", n, generations)
	}
	if d := chosen[0] - generations/2; d < -5 || d > 5 {
		t.Errorf("one request in each of %d generations: %d to v1, %d to v2, want half each ± 5", generations, chosen[0], chosen[1])
	}
}
