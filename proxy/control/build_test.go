package control

import (
	"testing"
	"time"
)

// TestBuildIsQuick: 10 000 endpoints are built well within the time that a
// reload may take (250 ms, of which this is a part), and a change of weights
// does not touch them at all.
func TestBuildIsQuick(t *testing.T) {
	cfg := fileConfig(upstreamConfig("api", ver{"v1", 90, 5000}, ver{"v2", 10, 5000}))
	b := newBench(t, Options{Config: cfg})
	b.startWriter(t)
	next := fileConfig(upstreamConfig("api", ver{"v1", 90, 5000}, ver{"v2", 10, 5000}))
	at := time.Now()
	if _, err := b.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(at); d > time.Second {
		t.Errorf("reload with 10 000 endpoints took %v", d)
	}
	groups := b.upstream("api").versions
	if _, err := b.SetSplit(t.Context(), "api", weights{"v1": 1, "v2": 1}, Meta{}); err != nil {
		t.Fatal(err)
	}
	if &b.upstream("api").versions[0] != &groups[0] {
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
