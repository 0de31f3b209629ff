package outcome

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// NumClasses is how many status classes there are: 0 for anything else, 1xx to 5xx.
const NumClasses = 6

// StatusClientLeft is what a request counts as when its client went away before
// the answer: nginx's number, never on the wire.
const StatusClientLeft = 499

// Users counts what the users of one upstream saw, after retries; uptime is read
// here. Cumulative since NewUsers; outlives snapshots. All methods may be called
// by any goroutine; Done takes no lock and allocates nothing. Use NewUsers.
type Users struct {
	shards []usersShard // len is shards
}

type usersCounts struct {
	classes  [NumClasses]atomic.Uint64
	errors   atomic.Uint64
	duration liveHistogram
}

type usersShard struct {
	usersCounts
	_ [lineBytes - unsafe.Sizeof(usersCounts{})%lineBytes]byte
}

// NewUsers returns counters at zero: about 1.5 KiB for each of at most 16 shards.
func NewUsers() *Users { return &Users{shards: make([]usersShard, shards)} }

// Done counts the end of one user's request: the status the client got (499 when
// it left), whether the answer was cut off or otherwise spoilt (failed), and how
// long all of it took. A request is an error when failed, or when its status is
// 500 or more; 499 never is. shard: see Version.
func (u *Users) Done(shard int, status int, failed bool, d time.Duration) {
	s := &u.shards[shard&(len(u.shards)-1)]
	// The class comes first and is read last: see Totals.
	s.classes[classOf(status)].Add(1)
	if status != StatusClientLeft && (failed || status >= 500) {
		s.errors.Add(1)
	}
	s.duration.add(bucketOf(d), d)
}

func classOf(status int) int {
	if status < 100 || status > 599 {
		return 0
	}
	return status / 100
}

// Totals overwrites *t with the sum over all shards. Errors and durations are read
// before the classes and written after them, so Errors <= Requests and
// Duration.Count() <= Requests hold for every reading, whatever writers do meanwhile.
func (u *Users) Totals(t *UserTotals) {
	*t = UserTotals{}
	for i := range u.shards {
		s := &u.shards[i]
		t.Errors += s.errors.Load()
		s.duration.addTo(&t.Duration)
		for c := range NumClasses {
			t.Classes[c] += s.classes[c].Load()
		}
	}
}

// Requests is how many requests have ended. It allocates nothing and reads at most
// 16 × 6 counters: cheap enough for each retry, not meant for each request.
func (u *Users) Requests() uint64 {
	var n uint64
	for i := range u.shards {
		for c := range NumClasses {
			n += u.shards[i].classes[c].Load()
		}
	}
	return n
}

// UserTotals is one reading of Users, in plain values.
type UserTotals struct {
	Classes  [NumClasses]uint64 // ended requests by first digit of the status; 0: no such status
	Errors   uint64             // requests that users saw fail
	Duration Histogram          // from the request's first byte to the answer's last
}

// Requests is how many requests ended, 499s included.
func (t *UserTotals) Requests() uint64 {
	var n uint64
	for _, c := range t.Classes {
		n += c
	}
	return n
}

// Sub takes prev, an earlier reading of the same Users, away from t.
func (t *UserTotals) Sub(prev *UserTotals) {
	for c := range t.Classes {
		t.Classes[c] -= prev.Classes[c]
	}
	t.Errors -= prev.Errors
	t.Duration.Sub(&prev.Duration)
}
