package notify

import (
	"context"
	"crypto/rand"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// Rollout is the kind of events whose phase a target may ask for instead, Approval the
// word for gates that begin to wait for somebody.
const (
	Rollout  = "rollout"
	Approval = "approval"
)

// Notifier tells targets. Make it with New; Run it once. Its other methods may be
// called from any goroutine, before Run too, and never wait for anybody.
type Notifier struct {
	log     zerolog.Logger
	waits   waits
	process string // begins the keys of this process
	count   atomic.Uint64
	changed chan struct{}            // capacity 1: there are other queues
	queues  atomic.Pointer[[]*queue] // never nil; a list is not written again
	setting sync.Mutex               // one Set at a time
}

// New returns a notifier that tells nobody yet.
func New(log zerolog.Logger) *Notifier {
	n := &Notifier{log: log, waits: normal, process: rand.Text()[:10], changed: make(chan struct{}, 1)}
	n.queues.Store(&[]*queue{})
	return n
}

// Set makes these the targets. One that is as it was goes on with what it has not been
// told yet; another gets what happens from now on, and one that is gone no more.
func (n *Notifier) Set(targets []Target) {
	n.setting.Lock()
	defer n.setting.Unlock()
	var next []*queue
	for _, t := range targets {
		q := n.find(&t)
		if q == nil {
			q = &queue{Target: t, log: n.log, waits: n.waits, wake: make(chan struct{}, 1)}
		}
		next = append(next, q)
	}
	n.queues.Store(&next)
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

func (n *Notifier) find(t *Target) *queue {
	for _, q := range *n.queues.Load() {
		if reflect.DeepEqual(q.Target, *t) {
			return q
		}
	}
	return nil
}

// Tell has m told to whoever wants it.
func (n *Notifier) Tell(m Message) {
	l := letter{Message: m}
	for _, q := range *n.queues.Load() {
		if !q.wants(&m) {
			continue
		}
		if l.key == "" {
			l.key = n.process + "-" + strconv.FormatUint(n.count.Add(1), 10)
		}
		q.put(l)
	}
}

// Stats are those of the present targets, in their order.
func (n *Notifier) Stats() []Stats {
	var out []Stats
	for _, q := range *n.queues.Load() {
		out = append(out, q.read())
	}
	return out
}

// Run tells until ctx ends, and for a moment longer what is left then. It returns nil
// when everything that it has started has ended.
func (n *Notifier) Run(ctx context.Context) error {
	running := map[*queue]context.CancelFunc{}
	var all sync.WaitGroup
	defer all.Wait()
	for {
		present := map[*queue]bool{}
		for _, q := range *n.queues.Load() {
			present[q] = true
			if running[q] == nil {
				own, stop := context.WithCancel(ctx)
				running[q] = stop
				all.Go(func() { q.run(own) })
			}
		}
		for q, stop := range running {
			if !present[q] {
				stop()
				delete(running, q)
			}
		}
		select {
		case <-n.changed:
		case <-ctx.Done():
			for _, stop := range running {
				stop()
			}
			return nil
		}
	}
}
