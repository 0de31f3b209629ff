package health

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer"
	"weir/health/outcome"
)

// newTestLoop is a loop without goroutines, driven by hand.
func newTestLoop(o MonitorOptions, targets []Target) *loop {
	l := newLoop(context.Background(), NewMonitor(o), epoch)
	l.apply(targets, epoch)
	return l
}

func plainTarget(upstream, version string, i int) Target {
	return Target{
		Upstream: upstream, Version: version, Address: fmt.Sprintf("10.0.%d.%d:80", i/256, i%256),
		Live: balancer.NewLive(false), Stats: &outcome.Endpoint{},
	}
}

// fakeVersion is the model of one version: it keeps every attempt.
type fakeVersion struct {
	candidate bool
	endpoints []*fakeEndpoint
}

type fakeEndpoint struct {
	Target
	attempts []fakeAttempt // since it began, or returned from ejection
}

type fakeAttempt struct {
	tick   int
	failed bool
}

func (e *fakeEndpoint) deservesEjection(tick int) bool {
	row := 0
	for i := len(e.attempts) - 1; i >= 0 && e.attempts[i].failed; i-- {
		row++
	}
	all, failed := 0, 0
	for _, a := range e.attempts {
		if a.tick > tick-10 {
			all++
			if a.failed {
				failed++
			}
		}
	}
	return row >= 5 || all >= 20 && float64(failed)/float64(all) >= 0.5
}

func (v *fakeVersion) count() (ejected, usable int) {
	for _, e := range v.endpoints {
		if e.Live.Ejected() {
			ejected++
		}
		if e.Live.Usable() {
			usable++
		}
	}
	return ejected, usable
}

// ejectorModel drives a loop by hand and knows what each flip may be.
type ejectorModel struct {
	*rapid.T
	loop     *loop
	versions []*fakeVersion
	all      []*fakeEndpoint
	out      map[*fakeEndpoint]bool // by the last flip
	now      time.Time
	tick     int
}

// flipped checks a flip at once: only those go that deserve it and may go, only
// those return whose time is over.
func (m *ejectorModel) flipped(string) {
	for _, v := range m.versions {
		ejected, usable := v.count()
		for _, e := range v.endpoints {
			out, w := e.Live.Ejected(), m.loop.watches[e.Live]
			switch {
			case out == m.out[e]:
				continue
			case out && !e.deservesEjection(m.tick):
				m.Fatalf("%s was ejected for %v", e.Address, e.attempts)
			case out && !v.candidate && (2*ejected > len(v.endpoints) || usable == 0):
				m.Fatalf("%s: %d of %d ejected, %d usable", e.Version, ejected, len(v.endpoints), usable)
			case !out && m.now.Before(w.ejection.until):
				m.Fatalf("%s returned %v too early", e.Address, w.ejection.until.Sub(m.now))
			case !out:
				e.attempts = nil // a clean sheet
			}
			m.out[e] = out
		}
	}
}

// settled checks that after a tick nothing is left to do.
func (m *ejectorModel) settled() {
	for _, v := range m.versions {
		ejected, usable := v.count()
		for _, e := range v.endpoints {
			mayGo := v.candidate || usable > 1 && 2*(ejected+1) <= len(v.endpoints)
			if e.Live.Usable() && mayGo && e.deservesEjection(m.tick) {
				m.Fatalf("%s is still in, with %v", e.Address, e.attempts)
			}
			if e.Live.Ejected() && !m.now.Before(m.loop.watches[e.Live].ejection.until) {
				m.Fatalf("%s is still out", e.Address)
			}
		}
	}
}

func (m *ejectorModel) attempt(e *fakeEndpoint, kind outcome.Kind) {
	e.Stats.Record(kind, true)
	if kind.BlamesEndpoint() || kind == outcome.OK {
		e.attempts = append(e.attempts, fakeAttempt{m.tick, kind != outcome.OK})
	}
}

// Random outcomes, drains, scans and ticks over two versions that may become
// candidates and cease to be.
func TestEjectorAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &ejectorModel{T: t, out: map[*fakeEndpoint]bool{}, now: epoch}
		var targets []Target
		for _, name := range []string{"v1", "v2"} {
			v := &fakeVersion{}
			for i := range rapid.IntRange(1, 5).Draw(t, "endpoints of "+name) {
				e := &fakeEndpoint{Target: plainTarget("api", name, i)}
				e.Candidate = func() bool { return v.candidate }
				v.endpoints = append(v.endpoints, e)
				targets = append(targets, e.Target)
			}
			m.versions = append(m.versions, v)
			m.all = append(m.all, v.endpoints...)
		}
		m.loop = newTestLoop(MonitorOptions{Changed: m.flipped}, targets)

		pick := rapid.IntRange(0, len(m.all)-1)
		admin := rapid.SampledFrom([]balancer.AdminState{balancer.Up, balancer.Up, balancer.Drain, balancer.Down})
		t.Repeat(map[string]func(*rapid.T){
			"fail": func(t *rapid.T) {
				e := m.all[pick.Draw(t, "endpoint")]
				kind := outcome.Kind(rapid.IntRange(int(outcome.Error), int(outcome.Canceled)).Draw(t, "kind"))
				for range rapid.IntRange(1, 8).Draw(t, "times") {
					m.attempt(e, kind)
				}
			},
			"answer": func(t *rapid.T) {
				e := m.all[pick.Draw(t, "endpoint")]
				for range rapid.IntRange(1, 12).Draw(t, "times") {
					m.attempt(e, outcome.OK)
				}
			},
			"admin": func(t *rapid.T) { m.all[pick.Draw(t, "endpoint")].Live.SetAdmin(admin.Draw(t, "state")) },
			"candidate": func(t *rapid.T) {
				v := m.versions[rapid.IntRange(0, 1).Draw(t, "version")]
				v.candidate = !v.candidate
			},
			"outage": func(*rapid.T) {
				for _, e := range m.all {
					for range rowToEject {
						m.attempt(e, outcome.Connect)
					}
				}
			},
			"scan": func(*rapid.T) { m.loop.scan(m.now) },
			"tick": func(t *rapid.T) {
				for range rapid.IntRange(1, 12).Draw(t, "seconds") {
					m.now = m.now.Add(time.Second)
					m.loop.tick(m.now)
					m.settled()
					m.tick++
				}
			},
		})
	})
}

func TestScanEjectsAtTheFifthFailure(t *testing.T) {
	targets := []Target{plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)}
	var changed []string
	l := newTestLoop(MonitorOptions{Changed: func(u string) { changed = append(changed, u) }}, targets)
	for i := range 5 {
		if targets[0].Live.Ejected() {
			t.Fatalf("ejected after %d failures", i)
		}
		targets[0].Stats.Record(outcome.Reset, false)
		l.scan(epoch)
	}
	if !targets[0].Live.Ejected() || targets[1].Live.Ejected() {
		t.Errorf("after 5 failures in a row ejected = %v, the other one %v", targets[0].Live.Ejected(), targets[1].Live.Ejected())
	}
	if len(changed) != 1 || changed[0] != "api" {
		t.Errorf("Changed was called with %v, want api once", changed)
	}
}

func TestOverdueAndCanceledDoNotEject(t *testing.T) {
	targets := []Target{plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)}
	l := newTestLoop(MonitorOptions{}, targets)
	for range 100 {
		targets[0].Stats.Record(outcome.Overdue, true)
		targets[0].Stats.Record(outcome.Canceled, true)
	}
	l.scan(epoch)
	l.tick(epoch)
	if targets[0].Live.Ejected() {
		t.Error("100 overdue attempts ejected an endpoint")
	}
}

// One refused by the cap goes as soon as there is room, without a new failure.
func TestEjectionIsMadeUpForWhenTheCapAllows(t *testing.T) {
	targets := []Target{plainTarget("api", "v1", 0), plainTarget("api", "v1", 1)}
	targets[1].Live.SetAdmin(balancer.Drain)
	l := newTestLoop(MonitorOptions{}, targets)
	for range 5 {
		targets[0].Stats.Record(outcome.Connect, true)
	}
	l.scan(epoch)
	if targets[0].Live.Ejected() {
		t.Fatal("the last usable endpoint was ejected")
	}
	targets[1].Live.SetAdmin(balancer.Up)
	l.tick(epoch.Add(time.Second))
	if !targets[0].Live.Ejected() {
		t.Error("the endpoint stays in although another one is usable again")
	}
}

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		targets := make([]Target, n)
		for i := range targets {
			targets[i] = plainTarget("api", "v1", i)
		}
		b.Run(fmt.Sprintf("quiet/%d", n), func(b *testing.B) {
			l := newTestLoop(MonitorOptions{}, targets)
			b.ReportAllocs()
			for b.Loop() {
				l.scan(epoch)
			}
		})
		b.Run(fmt.Sprintf("storm/%d", n), func(b *testing.B) {
			l := newTestLoop(MonitorOptions{}, targets)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for _, t := range targets {
					t.Stats.Record(outcome.Error, true)
				}
				b.StartTimer()
				l.scan(epoch)
			}
		})
		b.Run(fmt.Sprintf("tick/%d", n), func(b *testing.B) {
			l := newTestLoop(MonitorOptions{}, targets)
			b.ReportAllocs()
			for b.Loop() {
				l.tick(epoch)
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	const n = 10_000
	targets := make([]Target, n)
	for i := range targets {
		targets[i] = plainTarget("api", fmt.Sprint("v", i%100), i)
		targets[i].Probe = probeFunc(func(context.Context) error { return nil })
	}
	b.ReportAllocs()
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			newTestLoop(MonitorOptions{}, targets)
		}
	})
	b.Run("same again", func(b *testing.B) {
		l := newTestLoop(MonitorOptions{}, targets)
		for b.Loop() {
			l.apply(targets, epoch)
		}
	})
}
