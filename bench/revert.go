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

// revertRows starts a rollout to a dead candidate at a tenth of 1000 requests a
// second, twenty times, and takes from the candidate's log how long it went on
// getting requests after its first failure.
func (b *bench) revertRows(ctx context.Context) error {
	const runs, slowest, median = 20, 250 * time.Millisecond, 100 * time.Millisecond
	var took []time.Duration
	users := 0
	for range runs {
		d, failed, err := b.revertOnce(ctx)
		if err != nil {
			return fmt.Errorf("dead candidate: %w", err)
		}
		took = append(took, d)
		users += failed
	}
	slices.Sort(took)
	mid, last := took[runs/2], took[runs-1]
	b.add(
		row{what: "dead candidate, 10 % of 1000/s: first failure to last request, slowest of 20", must: "<= 250ms", measured: last.String(), kept: last <= slowest},
		row{what: "the same, median", must: "<= 100ms", measured: mid.String(), kept: mid <= median},
		row{what: "the same, errors that users of GET saw", must: "0", measured: fmt.Sprint(users), kept: users == 0},
	)
	return nil
}

func (b *bench) revertOnce(ctx context.Context) (took time.Duration, userErrors int, err error) {
	good, err := startBackend(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	if err != nil {
		return 0, 0, err
	}
	defer good.stop()
	// Several endpoints, or the only one is ejected before there is a verdict.
	var dead deadline
	bad, err := startBackends(3, &dead)
	if err != nil {
		return 0, 0, err
	}
	defer bad.stop()
	w, err := b.startWeir(ctx, fmt.Sprintf(`stable: v1
versions:
  v1: {weight: 100, endpoints: [%q]}
  v2: {weight: 0, endpoints: [%s]}
rollout: {steps: [{weight: 10%%, hold: 1m}, {weight: 100%%}]}`, good.address, bad.addresses()), setting{})
	if err != nil {
		return 0, 0, err
	}
	defer w.stop()

	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	load := startUsers(ctx, "http://"+w.web+"/", 1000)
	defer load.stop()
	select {
	case <-time.After(time.Second): // steady traffic
	case <-ctx.Done():
	}
	if _, err := w.admin.StartRollout(ctx, "api", api.RolloutRequest{To: "v2"}); err != nil {
		return 0, 0, err
	}
	for {
		r, err := w.admin.Rollout(ctx, "api")
		if err != nil {
			return 0, 0, err
		}
		if r.State == api.RolloutReverted {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	userErrors = load.stop()
	return dead.between(), userErrors, nil
}

// deadline answers 500 and remembers its first and its last request.
type deadline struct {
	mu          sync.Mutex
	first, last time.Time
}

func (d *deadline) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	d.last = time.Now()
	if d.first.IsZero() {
		d.first = d.last
	}
	d.mu.Unlock()
	w.WriteHeader(http.StatusInternalServerError)
}

func (d *deadline) between() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last.Sub(d.first).Round(time.Millisecond)
}

// users send requests at a fixed rate, whatever the answers take.
type users struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	failed int
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
	res, err := client.Get(url)
	ok := err == nil && res.StatusCode == http.StatusOK
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
		res.Body.Close()
	}
	if !ok {
		u.mu.Lock()
		u.failed++
		u.mu.Unlock()
	}
}

// stop ends the traffic, waits for the last answer, and returns how many failed.
func (u *users) stop() int {
	u.cancel()
	u.wg.Wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.failed
}
