package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"weir/proxy/admin/api"
)

// revertRows starts rollouts to a dead candidate at a tenth of 1000 requests a second,
// and takes from the candidate's log how long it went on getting requests after its
// first failure.
func (b *bench) revertRows(ctx context.Context) error {
	dead, err := b.revertRuns(ctx, 20, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	if err != nil {
		return fmt.Errorf("dead candidate: %w", err)
	}
	b.add(
		bounded("dead candidate, 10 % of 1000/s: first failure to last request, slowest of 20", dead.slowest(), 250*time.Millisecond),
		bounded("the same, median", dead.median(), 100*time.Millisecond),
		dead.errorRow(),
	)
	return nil
}

// hangRows does the same with a candidate that never answers, and looks what its users
// have to wait for. Its first request is overdue after a second.
func (b *bench) hangRows(ctx context.Context) error {
	const overdueAfter = time.Second
	hanging, err := b.revertRuns(ctx, 10, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if err != nil {
		return fmt.Errorf("hanging candidate: %w", err)
	}
	b.add(
		bounded("hanging candidate, 10 % of 1000/s: first overdue to last request, slowest of 10", hanging.slowest()-overdueAfter, time.Second),
		bounded("the same, median", hanging.median()-overdueAfter, time.Second),
		hanging.errorRow(),
		bounded("the same, slowest GET that a user saw", hanging.slowestGet, 2*time.Second),
	)
	return nil
}

func bounded(what string, measured, most time.Duration) row {
	return row{what: what, must: "<= " + most.String(), measured: measured.Round(time.Millisecond).String(), kept: measured <= most}
}

// reverts are what some rollouts to a bad candidate came to.
type reverts struct {
	took       []time.Duration // from its first request to its last, sorted
	failed     int             // requests of users
	slowestGet time.Duration   // of users
}

func (r *reverts) slowest() time.Duration { return r.took[len(r.took)-1] }
func (r *reverts) median() time.Duration  { return r.took[len(r.took)/2] }

func (r *reverts) errorRow() row {
	return row{what: "the same, errors that users of GET saw", must: "0", measured: fmt.Sprint(r.failed), kept: r.failed == 0}
}

func (b *bench) revertRuns(ctx context.Context, runs int, bad http.HandlerFunc) (*reverts, error) {
	r := &reverts{}
	for range runs {
		if err := b.revertOnce(ctx, r, bad); err != nil {
			return nil, err
		}
	}
	slices.Sort(r.took)
	return r, nil
}

func (b *bench) revertOnce(ctx context.Context, r *reverts, answer http.HandlerFunc) error {
	good, err := startBackend(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	if err != nil {
		return err
	}
	defer good.stop()
	// Several endpoints, or the only one is ejected before there is a verdict.
	seen := candidate{answer: answer}
	bad, err := startBackends(3, &seen)
	if err != nil {
		return err
	}
	defer bad.stop()
	w, err := b.startWeir(ctx, fmt.Sprintf(`stable: v1
versions:
  v1: {weight: 100, endpoints: [%q]}
  v2: {weight: 0, endpoints: [%s]}
rollout: {steps: [{weight: 10%%, hold: 1m}, {weight: 100%%}]}`, good.address, bad.addresses()), setting{})
	if err != nil {
		return err
	}
	defer w.stop()

	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	load := startUsers(ctx, "http://"+w.web+"/", 1000)
	defer load.stop()
	if err := load.settle(ctx); err != nil {
		return err
	}
	if _, err := w.admin.StartRollout(ctx, "api", api.RolloutRequest{To: "v2"}); err != nil {
		return err
	}
	for {
		state, err := w.admin.Rollout(ctx, "api")
		if err != nil {
			return err
		}
		if state.State == api.RolloutReverted {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	failed, slowest := load.stop()
	r.took = append(r.took, seen.between())
	r.failed += failed
	r.slowestGet = max(r.slowestGet, slowest)
	return nil
}

// candidate remembers its first and its last request.
type candidate struct {
	answer      http.HandlerFunc
	mu          sync.Mutex
	first, last time.Time
}

func (c *candidate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.last = time.Now()
	if c.first.IsZero() {
		c.first = c.last
	}
	c.mu.Unlock()
	c.answer(w, r)
}

func (c *candidate) between() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last.Sub(c.first)
}

// users send requests at a fixed rate, whatever the answers take.
type users struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex

	waiting int // for an answer
	failed  int
	slowest time.Duration // answer
}

func startUsers(ctx context.Context, url string, perSecond int) *users {
	ctx, cancel := context.WithCancel(ctx)
	u := &users{cancel: cancel}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 5 * time.Second}
	u.wg.Go(func() {
		begun := time.Now()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(begun.Add(time.Duration(n) * time.Second / time.Duration(perSecond)))):
			}
			u.wg.Go(func() { u.ask(client, url) })
		}
	})
	return u
}

func (u *users) ask(client *http.Client, url string) {
	begun := time.Now()
	u.mu.Lock()
	u.waiting++
	u.mu.Unlock()
	res, err := client.Get(url)
	ok := err == nil && res.StatusCode == http.StatusOK
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
		res.Body.Close()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting--
	u.slowest = max(u.slowest, time.Since(begun))
	if !ok {
		u.failed++
	}
}

// settle waits until the traffic is steady, and forgets what was before: a thousand
// connections are made in the first second, and a busy machine takes its time. When it
// took long, it waits until Weir has forgotten that too: overdue is what takes three
// times stable's p99 of ten seconds.
func (u *users) settle(ctx context.Context) error {
	const look, window, few, long = time.Second, 10 * time.Second, 50, 300 * time.Millisecond
	var busy time.Time
	for {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return fmt.Errorf("traffic is not steady, as on a machine that does other things: %w", ctx.Err())
		}
		u.mu.Lock()
		waiting, slowest := u.waiting, u.slowest
		u.failed, u.slowest = 0, 0
		u.mu.Unlock()
		if waiting > few || slowest > long {
			busy = time.Now()
		}
		if time.Since(busy) > window {
			return nil
		}
	}
}

// stop ends the traffic, waits for the last answer, and returns how many failed and
// what the slowest took.
func (u *users) stop() (failed int, slowest time.Duration) {
	u.cancel()
	u.wg.Wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.failed, u.slowest
}
