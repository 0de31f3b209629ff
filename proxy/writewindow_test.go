package proxy

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestReleasedWritesDoNotFloodTheirEndpoint: what waited for long does not go all at
// once, or it would wait in the endpoint until that is taken for one that hangs. One that
// does hang keeps the others for a while only.
func TestReleasedWritesDoNotFloodTheirEndpoint(t *testing.T) {
	const n = 60
	answer := make(chan struct{})
	up := one(t, backend(t, func(_ http.ResponseWriter, r *http.Request) { <-answer }))
	r := start(t, up, Options{})
	g := hold(t, up, plenty())
	var clients []*client
	for i := range n {
		c := r.dial(t)
		c.send(post(fmt.Sprint("/", i), ""))
		clients = append(clients, c)
	}
	queue(t, g, n)
	began := time.Now()
	g.End("test")
	queue(t, g, n-fewWrites)
	queue(t, g, n-2*fewWrites)
	if took := time.Since(began); took < noneEnds {
		t.Errorf("%d writes under way after %v, of which none had ended, want %d", 2*fewWrites, took, fewWrites)
	}
	close(answer)
	for _, c := range clients {
		if a := c.receive("POST"); a.StatusCode != 200 {
			t.Errorf("%d, want 200", a.StatusCode)
		}
	}
	if got := g.Counts().Released.Load(); got != n {
		t.Errorf("%d went on, want %d", got, n)
	}
	eventually(t, "the gate is open", func() bool { return g.Inflight() == 0 && !g.shut.Load() })
}

// TestWriteWindow: against an endpoint that does so many at a time in so long, the line
// becomes shorter though as many come as stable has answered, and none takes a second.
func TestWriteWindow(t *testing.T) {
	const ms = time.Millisecond
	for name, tt := range map[string]struct {
		before int64
		each   time.Duration
		atOnce int
		least  int // a second, that go on
		most   time.Duration
	}{
		"quick":                   {before: 2, each: ms, atOnce: 4, least: 3000, most: 500 * ms},
		"few at a time":           {before: 2, each: 20 * ms, atOnce: 16, least: 700, most: 500 * ms},
		"slow, all at a time":     {before: 50, each: 250 * ms, atOnce: 100_000, least: 1500, most: 500 * ms},
		"slow, as stable was":     {before: 1000, each: 2000 * ms, atOnce: 100_000, least: 900, most: 2000 * ms},
		"slower than stable was":  {before: 2, each: 200 * ms, atOnce: 100_000, least: 500, most: 500 * ms},
		"one at a time, and slow": {before: 0, each: 10 * ms, atOnce: 1, least: 90, most: 600 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			var w writeWindow
			now := time.Hour
			w.begin(tt.before, now)
			const seconds = 8
			free := make([]time.Duration, min(tt.atOnce, 20_000)) // when each place of the endpoint is free
			type write struct{ let, ends time.Duration }
			var under []write
			let, done, slowest := 0, 0, time.Duration(0)
			for end := now + seconds*time.Second; now < end; now += ms / 2 {
				for len(under) > 0 && under[0].ends <= now { // that began first ends first
					x := under[0]
					under = under[1:]
					done++
					slowest = max(slowest, x.ends-x.let)
					w.ended(x.ends-x.let, now)
				}
				for range 4 { // heads are sent one after the other
					if w.full(int64(len(under)), now) > 0 {
						break
					}
					first := let % len(free) // all take as long: they are free in turn
					let++
					free[first] = max(free[first], now) + tt.each
					under = append(under, write{now, free[first]})
				}
			}
			if done < tt.least*seconds || slowest > tt.most {
				t.Errorf("%d a second went on, the slowest took %v; want %d and %v", done/seconds, slowest, tt.least, tt.most)
			}
		})
	}
}
