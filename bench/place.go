package main

import (
	"errors"
	"fmt"
)

// place is where a process runs.
type place struct {
	cpus    []int // it is pinned to these; none: wherever it likes
	workers int   // its threads: GOMAXPROCS, worker_processes, nbthread
}

// apart is the proxy under test alone on one core, and the load and the backends
// together on another.
func apart() (proxy, others place, err error) {
	cpus, err := allowed()
	if err != nil {
		return proxy, others, err
	}
	if len(cpus) < 2 {
		return proxy, others, errors.New("two processors are needed: one for the proxy under test, one for load and backends")
	}
	return place{cpus: cpus[:1], workers: 1}, place{cpus: cpus[1:2], workers: 1}, nil
}

// together is everything on two cores as the scheduler likes.
func together() (proxy, others place, err error) {
	cpus, err := allowed()
	if err != nil {
		return proxy, others, err
	}
	if len(cpus) < 2 {
		return proxy, others, errors.New("two processors are needed")
	}
	both := place{cpus: cpus[:2], workers: 2}
	return both, place{cpus: cpus[:2], workers: 1}, nil
}

// env is what a Go program needs to hear of its place.
func (p place) env() []string {
	if p.workers == 0 {
		return nil
	}
	return []string{fmt.Sprintf("GOMAXPROCS=%d", p.workers)}
}
