package notify

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Target is who is told.
type Target struct {
	Name string
	// URL is where to, or File where that is written: it is read again each time, so
	// that it can be changed. One of both is set. They are secrets.
	URL, File string
	// Slack says it as incoming webhooks of Slack read it.
	Slack bool
	// Events are the kinds of events, and the phases of rollouts, that it wants; or Approval.
	Events  []string
	Headers []Header      // of each request; values are secrets
	Timeout time.Duration // of one try
	Retries int           // tries after the first
}

// Header is one of a request.
type Header struct{ Name, Value string }

// Stats are what has come of a target's messages since it was first told of.
type Stats struct {
	Name      string
	Queued    int    // and the one that is being tried
	Delivered uint64 // taken
	Failed    uint64 // given up, after all tries
	Dropped   uint64 // never tried: the queue was full, or Weir stopped
	Error     string // of the last try; "": it was taken
}

// longest is how many messages wait for a target. Beyond it the oldest is dropped: what
// happened last says more.
const longest = 256

// queue is a target with what it has not been told yet.
type queue struct {
	Target
	log   zerolog.Logger
	waits waits
	wake  chan struct{} // capacity 1: there is something, or it has stopped

	mu    sync.Mutex
	in    []letter // guarded by mu
	stats Stats    // guarded by mu
}

// letter is a message on its way.
type letter struct {
	Message
	key string // the same at each try
}

// wants reports that the target is to be told.
func (q *queue) wants(m *Message) bool {
	return slices.Contains(q.Events, m.Event) || m.Event == Rollout && slices.Contains(q.Events, m.Phase) ||
		m.Approval && slices.Contains(q.Events, Approval)
}

// put adds a letter, and never waits.
func (q *queue) put(l letter) {
	q.mu.Lock()
	if len(q.in) == longest {
		q.in = slices.Delete(q.in, 1, 2) // the first is being tried
		q.stats.Dropped++
	}
	q.in = append(q.in, l)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// first is the oldest letter; it stays in the queue.
func (q *queue) first() (letter, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.in) == 0 {
		return letter{}, false
	}
	return q.in[0], true
}

// done takes the first letter out and counts it.
func (q *queue) done(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.in = slices.Delete(q.in, 0, 1)
	if err == nil {
		q.stats.Delivered++
	} else {
		q.stats.Failed++
	}
}

func (q *queue) tried(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stats.Error = ""; err != nil {
		q.stats.Error = err.Error()
	}
}

func (q *queue) read() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Name, s.Queued = q.Name, len(q.in)
	return s
}

// run tells the target, one message after the other, until ctx ends; what is left then
// has one try each, as long as there is time.
func (q *queue) run(ctx context.Context) {
	for ctx.Err() == nil {
		l, ok := q.first()
		if !ok {
			select {
			case <-q.wake:
			case <-ctx.Done():
			}
			continue
		}
		err := q.deliver(ctx, l)
		if ctx.Err() != nil && err != nil {
			break // it is tried once more below
		}
		if q.done(err); err != nil {
			q.log.Warn().Str("target", q.Name).Str("event", l.Event).Err(err).Msg("notification given up")
		}
	}
	q.flush()
}

// deliver tries a letter until it is taken, will never be, or was tried often enough.
func (q *queue) deliver(ctx context.Context, l letter) error {
	for try := 0; ; try++ {
		again, err := q.send(ctx, l)
		if ctx.Err() != nil && err != nil {
			return err
		}
		if q.tried(err); err == nil || again == never || try >= q.Retries {
			return err
		}
		wait := max(again, q.waits.after(try))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// flush is the end: every letter has one more try, all together as long as waits.end.
func (q *queue) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), q.waits.end)
	defer cancel()
	for ctx.Err() == nil {
		l, ok := q.first()
		if !ok {
			return
		}
		_, err := q.send(ctx, l)
		q.tried(err)
		q.done(err)
	}
	q.mu.Lock()
	left := len(q.in)
	q.in = nil
	q.stats.Dropped += uint64(left)
	q.mu.Unlock()
	if left > 0 {
		q.log.Warn().Str("target", q.Name).Int("dropped", left).Msg("notifications that nobody has taken")
	}
}

// waits are how long is waited.
type waits struct {
	first, most time.Duration // after the first failure; after any
	end         time.Duration // for what is left at the end
}

var normal = waits{first: time.Second, most: time.Minute, end: 2 * time.Second}

// after is how long to wait after so many failures: twice as long each time, give or
// take a quarter, so that many who wait for the same do not come at once.
func (w waits) after(failures int) time.Duration {
	d := min(w.most, w.first<<min(failures, 20))
	return d*3/4 + rand.N(d/2+1)
}
