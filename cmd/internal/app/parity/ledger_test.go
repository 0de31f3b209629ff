//go:build !race

package parity

import (
	"net/http"
	"sync"
)

// idField numbers the requests, so that what backends saw can be told apart.
const idField = "X-Id"

// sight is one request as a backend got it.
type sight struct {
	backend string
	line    string // method and target
	version string // of HTTP
	header  http.Header
	host    string
	body    string // its length and hash; "" is none
	fresh   bool   // the first one on its connection
}

// ledger is what the backends of a case saw, by the requests' ids, each in the order
// in which it came.
type ledger struct {
	mu   sync.Mutex
	seen map[string][]sight
	left map[string]bool // those that were given up before the answer
}

func newLedger() *ledger { return &ledger{seen: map[string][]sight{}, left: map[string]bool{}} }

func (l *ledger) add(id string, s sight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[id] = append(l.seen[id], s)
}

func (l *ledger) of(id string) []sight {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]sight(nil), l.seen[id]...)
}

func (l *ledger) leave(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[id] = true
}

func (l *ledger) hasLeft(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left[id]
}
