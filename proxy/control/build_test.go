package control

import "testing"

// TestWeightsDoNotRebuildEndpoints: a change of weights leaves the versions with
// their endpoints as they are, however many those are. What a reload of 10 000 takes
// is a row of the benchmarks.
func TestWeightsDoNotRebuildEndpoints(t *testing.T) {
	b := newBench(t, Options{Config: fileConfig(upstreamConfig("api", ver{"v1", 90, 3}, ver{"v2", 10, 3}))})
	b.startWriter(t)
	before := b.upstream("api").versions
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 1}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if &b.upstream("api").versions[0] != &before[0] {
		t.Error("a change of weights has rebuilt the endpoints")
	}
}

func BenchmarkReload10000(b *testing.B) {
	cfg := fileConfig(upstreamConfig("api", ver{"v1", 90, 5000}, ver{"v2", 10, 5000}))
	c := &bench{}
	var err error
	if c.Control, err = New(Options{Config: cfg, Publish: c.note}); err != nil {
		b.Fatal(err)
	}
	u := c.upstream("api")
	for b.Loop() {
		n, err := u.rejoin(u.config, u.record, u.trips)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.current.Load().with(n); err != nil {
			b.Fatal(err)
		}
	}
}
