package balancer

import (
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

// TestMean is NGINX's: the first time is taken as it is, then a twentieth of each, and
// half of it all after ten seconds without an answer, and so on.
func TestMean(t *testing.T) {
	var p pace
	at := time.Hour
	step := func(what string, want float64) {
		t.Helper()
		if got := p.mean(at); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: %v ms, want %v", what, got, want)
		}
	}
	step("nothing known", 0)
	p.addToMean(100*ms, at)
	step("first", 100)
	p.addToMean(300*ms, at)
	step("second", 110)
	at += 10 * time.Second
	step("not idle for long", 110)
	at += ms
	step("idle", 55)
	at += 10 * time.Second
	step("for longer", 27.5)
	at += time.Hour
	step("for an hour", 0)
	p.addToMean(110*ms, at)
	step("again", 110)
}

// TestIdle: the time after which a mean is halved is each endpoint's own.
func TestIdle(t *testing.T) {
	for _, tt := range []struct {
		idle, after time.Duration
		want        float64
	}{
		{0, 10 * time.Second, 100},
		{0, 11 * time.Second, 50},
		{2 * time.Second, 2 * time.Second, 100},
		{2 * time.Second, 4500 * ms, 25},
		{time.Minute, time.Minute, 100},
		{time.Minute, time.Minute + ms, 50},
		{10 * 365 * 24 * time.Hour, 24 * time.Hour, 100},
	} {
		l := NewLive(false)
		l.SetIdle(tt.idle)
		l.pace.addToMean(100*ms, time.Hour)
		if got := l.pace.mean(time.Hour + tt.after); got != tt.want {
			t.Errorf("halved every %v: %v ms after %v, want %v", tt.idle, got, tt.after, tt.want)
		}
	}
}

// TestClass: times close to each other are equal, and all those that are too long.
func TestClass(t *testing.T) {
	for _, tt := range []struct{ ms, want float64 }{
		{0, 20}, {0.4, 20}, {19.9, 20}, {20, 40}, {39, 40}, {4999, 5000}, {5000, 5020}, {5001, 5000}, {60000, 5000},
	} {
		if got := class(tt.ms); got != tt.want {
			t.Errorf("%v ms is of class %v, want %v", tt.ms, got, tt.want)
		}
	}
}

// TestPeak: a longer time counts at once, shorter ones little by little.
func TestPeak(t *testing.T) {
	var p pace
	at := time.Hour
	p.addToPeak(10*ms, at)
	p.addToPeak(500*ms, at)
	if got := p.peak(at); got != 500 {
		t.Errorf("after a peak: %v ms, want 500", got)
	}
	p.addToPeak(10*ms, at)
	if got := p.peak(at); got != 500 {
		t.Errorf("in the same moment: %v ms, want 500", got)
	}
	at += 10 * time.Second
	if got, want := p.peak(at), 500/math.E; math.Abs(got-want) > 0.1 {
		t.Errorf("10 s later: %v ms, want %v", got, want)
	}
	p.addToPeak(10*ms, at)
	if got, want := p.peak(at), 500/math.E+10*(1-1/math.E); math.Abs(got-want) > 0.1 {
		t.Errorf("with another one: %v ms, want %v", got, want)
	}
}

// TestWaits: the mean of the attempts under way, also when the sum has wrapped.
func TestWaits(t *testing.T) {
	l := NewLive(false)
	for _, base := range []time.Duration{0, time.Hour, 40 * 24 * time.Hour} {
		if got := l.waits.mean(base); got != 0 {
			t.Errorf("nobody waits: %v ms", got)
		}
		for i := range 5000 {
			l.Wait(base + time.Duration(i%2)*100*ms)
		}
		if got := l.waits.mean(base + 400*ms); got != 350 {
			t.Errorf("since 400 and 300 ms: %v ms, want 350", got)
		}
		for i := range 5000 {
			l.Waited(base + time.Duration(i%2)*100*ms)
		}
	}
}

// TestUnknownEndpointGetsOneAttempt: by peak_ewma nobody is sent many requests before
// the first answer has come.
func TestUnknownEndpointGetsOneAttempt(t *testing.T) {
	b := Balance{Algorithm: PeakEWMA}
	g := balanced(b, 1, 1)
	known := g.Endpoints()[0].Live
	b.Observe(known, 50*ms, time.Hour)
	var got [2]int
	for range 10 {
		i := g.Pick(&Ask{Now: time.Hour}, false)
		g.Take(i)
		got[i]++
	}
	if got != [2]int{9, 1} {
		t.Errorf("picks %v, want one of the endpoint that has not answered", got)
	}
}

// TestFastEndpointGetsMore: the algorithms that go by time prefer who is quick, and
// come back to who was slow.
func TestFastEndpointGetsMore(t *testing.T) {
	for _, name := range []string{"least_time", "random_two by time", "peak_ewma"} {
		b := algorithms[name]
		g := balanced(b, 1, 1)
		fast, slow := g.Endpoints()[0].Live, g.Endpoints()[1].Live
		b.Observe(fast, 10*ms, time.Hour)
		b.Observe(slow, 1000*ms, time.Hour)
		for range 20 {
			if i := g.Pick(&Ask{Now: time.Hour}, false); i != 0 {
				t.Fatalf("%s: the slow endpoint was picked beside a fast one that is idle", name)
			}
		}
		later := time.Hour + 10*time.Minute
		b.Observe(fast, 10*ms, later)
		for n := 0; g.Pick(&Ask{Now: later}, false) != 1; n++ {
			if n > 100 {
				t.Fatalf("%s: the endpoint that was slow ten minutes ago has no chance", name)
			}
		}
	}
}
