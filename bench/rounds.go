package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// sample is one proxy's part of one round.
type sample struct {
	load
	cpu time.Duration // of the proxy, per request
}

// compare loads each proxy once a round, in turning order, so that whatever else
// the machine does falls on all of them. samples[name] has one entry per round.
func (b *bench) compare(ctx context.Context, s *peers, path string, connections int) (map[string][]sample, error) {
	samples := map[string][]sample{}
	for round := range b.rounds + 1 { // the first warms up and does not count
		for i := range s.all {
			p := s.all[(i+round)%len(s.all)]
			one, err := p.loaded(ctx, s.others, path, connections, b.each)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			if round > 0 {
				samples[p.name] = append(samples[p.name], one)
			}
		}
	}
	return samples, nil
}

// loaded puts load on one proxy and takes what that costs it.
func (p *peer) loaded(ctx context.Context, from place, path string, connections int, d time.Duration) (sample, error) {
	before, err := cpuTime(p.child.pid())
	if err != nil {
		return sample{}, err
	}
	l, err := wrk(ctx, from, p.url(path), connections, d)
	if err != nil {
		return sample{}, err
	}
	after, err := cpuTime(p.child.pid())
	if err != nil {
		return sample{}, err
	}
	return sample{load: l, cpu: (after - before) / time.Duration(l.requests)}, nil
}

// ratio is the median over the rounds of one proxy's CPU per request to another's
// in the same round.
func ratio(samples map[string][]sample, of, to string) float64 {
	var all []float64
	for i := range samples[of] {
		all = append(all, float64(samples[of][i].cpu)/float64(samples[to][i].cpu))
	}
	return median(all)
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// middle is the median of one figure of the samples.
func middle(samples []sample, figure func(sample) float64) float64 {
	var all []float64
	for _, s := range samples {
		all = append(all, figure(s))
	}
	return median(all)
}

// compared shows the medians of every proxy.
func (b *bench) compared(title, unit string, s *peers, samples map[string][]sample) {
	t := table{title: title, head: []string{"", "CPU µs/" + unit, unit + "s/s", "p50", "p99", "CPU / nginx", "CPU / haproxy", "CPU / floor"}}
	others := []string{"nginx", "haproxy", "floor"}
	if b.beside != "" {
		t.head, others = append(t.head, "CPU / beside"), append(others, "beside")
	}
	for _, p := range s.all {
		of := samples[p.name]
		took := func(figure func(sample) time.Duration) string {
			d := time.Duration(middle(of, func(s sample) float64 { return float64(figure(s)) }))
			return d.Round(time.Microsecond).String()
		}
		line := []string{
			p.name,
			fmt.Sprintf("%.2f", middle(of, func(s sample) float64 { return float64(s.cpu) / 1000 })),
			fmt.Sprintf("%.0f", middle(of, func(s sample) float64 { return s.perSecond })),
			took(func(s sample) time.Duration { return s.p50 }),
			took(func(s sample) time.Duration { return s.p99 }),
		}
		for _, to := range others {
			line = append(line, fmt.Sprintf("%.2f", ratio(samples, p.name, to)))
		}
		t.lines = append(t.lines, line)
	}
	b.detail(t)
}
