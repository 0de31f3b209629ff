package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/proxy/admin/api"
)

// mirrorPart is how much of the requests is copied, in percent.
const mirrorPart = 20

// mirrorRows are what users notice of it when a part of their requests is copied to
// another version: paired rounds with and without, at the rate that the promise names
// and at half of what Weir can do.
func (b *bench) mirrorRows(ctx context.Context) error {
	proxy, others, err := apart()
	if err != nil {
		return err
	}
	s := &peers{others: others}
	defer s.stop()
	stable, _, err := s.startResponder()
	if err != nil {
		return err
	}
	// Both versions are the same backend: one that answers otherwise would be reverted.
	w, err := b.startWeir(ctx, fmt.Sprintf(`stable: v1
versions:
  v1: {weight: 100, endpoints: [%q]}
  v2: {weight: 0, endpoints: [%q]}
health: {active: {path: /health, interval: 2s, timeout: 1s, rise: 1, fall: 3}, passive: {mode: outlier}}
rollout: {steps: [{mirror: %d%%, pause: true}, {weight: 100%%}]}`, stable, stable, mirrorPart), setting{at: proxy})
	if err != nil {
		return err
	}
	p := &peer{name: "weir", address: w.web, child: w.child, dir: w.dir, weir: w}
	s.all = append(s.all, p)
	if err := p.await(ctx); err != nil {
		return err
	}
	half, err := s.halfLoad(ctx, "weir")
	if err != nil {
		return err
	}
	t := table{
		title: fmt.Sprintf("Open loop, with %d %% of the requests copied to a second version and without:", mirrorPart),
		head:  []string{"requests/s", "p99 without", "p99 with", "CPU µs/request without", "with", "copies", "dropped"},
	}
	for _, at := range []struct {
		what string
		rate int
	}{{"1000 requests/s", 1000}, {"half load", half}} {
		m, err := b.mirrored(ctx, s, p, at.rate)
		if err != nil {
			return err
		}
		slower, dearer := median(m.slower), median(m.dearer)
		b.add(row{
			what: fmt.Sprintf("p99 with %d %% mirrored, %s, paired rounds, to without", mirrorPart, at.what),
			must: "<= 1.25 x", aim: "<= 1.10 x", measured: fmt.Sprintf("%.2f x, CPU per request %.2f x", slower, dearer), kept: slower <= 1.25,
		})
		µs := func(all []time.Duration) string { return fmt.Sprintf("%.2f", float64(part(all, 50))/1000) }
		t.lines = append(t.lines, []string{
			fmt.Sprint(at.rate), part(m.p99[false], 50).Round(time.Microsecond).String(), part(m.p99[true], 50).Round(time.Microsecond).String(),
			µs(m.cpu[false]), µs(m.cpu[true]), fmt.Sprint(m.copies), fmt.Sprint(m.dropped),
		})
	}
	b.detail(t)
	return nil
}

// mirroring is what the rounds came to, with copies (true) and without.
type mirroring struct {
	p99, cpu        map[bool][]time.Duration
	slower, dearer  []float64 // with to without, in the same round
	copies, dropped uint64
}

// mirrored runs the rounds, in turning order.
func (b *bench) mirrored(ctx context.Context, s *peers, p *peer, rate int) (*mirroring, error) {
	m := &mirroring{p99: map[bool][]time.Duration{}, cpu: map[bool][]time.Duration{}}
	for round := range b.rounds {
		for i := range 2 {
			with := (i+round)%2 == 1
			if err := b.mirrorRound(ctx, s, p, rate, with, m); err != nil {
				return nil, err
			}
		}
		m.slower = append(m.slower, float64(m.p99[true][round])/float64(m.p99[false][round]))
		m.dearer = append(m.dearer, float64(m.cpu[true][round])/float64(m.cpu[false][round]))
	}
	return m, nil
}

// mirrorRound is one half of a round.
func (b *bench) mirrorRound(ctx context.Context, s *peers, p *peer, rate int, with bool, m *mirroring) error {
	if with {
		if _, err := p.weir.admin.StartRollout(ctx, "api", api.RolloutRequest{To: "v2"}); err != nil {
			return err
		}
	}
	before, err := cpuTime(p.child.pid())
	if err != nil {
		return err
	}
	p99, err := b.normal(ctx, s, p, rate)
	if err != nil {
		return err
	}
	after, err := cpuTime(p.child.pid())
	if err != nil {
		return err
	}
	m.p99[with] = append(m.p99[with], p99)
	m.cpu[with] = append(m.cpu[with], (after-before)/time.Duration(float64(rate)*b.each.Seconds()))
	if !with {
		return nil
	}
	r, err := p.weir.admin.Rollout(ctx, "api")
	if err != nil {
		return err
	}
	if r.Ended() || r.Mirror == nil || r.Mirror.Pairs == 0 {
		return errors.New("nothing was mirrored: " + r.Reason)
	}
	m.copies, m.dropped = m.copies+r.Mirror.Pairs, m.dropped+r.Mirror.Dropped
	_, err = p.weir.admin.Command(ctx, "api", api.Abort, api.VerbRequest{})
	return err
}
