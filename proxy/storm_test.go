package proxy

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/health/outcome"
)

// TestRetriesNeverStorm: with every endpoint failing under load the attempts stay
// within the requests, the budget's share of them, and its floor, however many
// tries a request may have. Both budgets have a part in a rollout.
func TestRetriesNeverStorm(t *testing.T) {
	const (
		clients, each    = 8, 50
		burst, ratio     = 32, 0.2
		floor            = 10.0 // a second
		shields, ofShare = 16, 0.5
	)
	for name, shielded := range map[string]bool{"outside a rollout": false, "in a rollout": true} {
		for _, how := range []string{"503", "reset", "refused"} {
			t.Run(name+", "+how, func(t *testing.T) {
				a, b, d := newFailing(t, how), newFailing(t, how), newFailing(t, how)
				up := upstreamOf(t,
					part{name: "v1", weight: 1, addresses: []string{a.addr, b.addr, d.addr}},
					part{name: "v2", weight: 1, addresses: []string{newFailing(t, how).addr, newFailing(t, how).addr}, shielded: shielded})
				up.Retry.Tries = 5
				up.Retry.Budget = outcome.NewBudget(burst, ratio, floor)
				up.Live.ShieldBudget = outcome.NewBudget(shields, ofShare, 0)
				var attempts atomic.Int64
				up.Live.Failed = func() { attempts.Add(1) } // each attempt fails, and is counted once
				r := start(t, up, Options{})
				begin := time.Now()
				var wg sync.WaitGroup
				for range clients {
					c := r.dial(t)
					wg.Go(func() {
						for range each {
							if _, err := c.Write([]byte(plainGet)); err != nil {
								t.Error(err)
								return
							}
							if _, err := c.tryReceive("GET"); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				requests := float64(clients * each)
				most := requests*(1+ratio) + burst + floor*time.Since(begin).Seconds()
				if shielded {
					most += requests*ofShare + shields
				}
				n := float64(attempts.Load())
				if n > most+1 {
					t.Errorf("%v attempts for %v requests, want at most %v", n, requests, most)
				}
				if n < requests*(1+ratio/2) {
					t.Errorf("%v attempts for %v requests, want the budget used", n, requests)
				}
			})
		}
	}
}
