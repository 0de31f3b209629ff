package outcome

import (
	"math"
	"sync/atomic"
	"time"
)

// tokenUnit is one token in the fixed-point numbers of a Budget. With 2^20, 2^43
// requests fit: 100 days at a million a second.
const tokenUnit = 1 << 20

// Budget bounds retries to a share of the requests: a bucket of tokens that each
// request fills a little and each retry takes one from. It refills lazily, inside
// Take, so requests without a retry never touch it. All of its state is one word:
// what has been earned is a function of (requests, now) alone, and spent marks how
// far along those earnings the takers have come, as in the generic cell rate
// algorithm (ITU-T I.371). Take may be called by any goroutine, takes no lock and
// allocates nothing after the first call. Use NewBudget.
type Budget struct {
	burst, perRequest int64   // fixed point
	perSecond         float64 // fixed point
	origin            atomic.Pointer[time.Time]
	spent             atomic.Int64 // fixed point, on the scale of earned
}

// NewBudget returns a full budget. burst is the most tokens it holds, ratio how
// many each request brings (0.2: one retry for five requests), perSecond how many
// come without any request. All are 0 or more.
func NewBudget(burst, ratio, perSecond float64) *Budget {
	b := &Budget{
		burst:      int64(burst * tokenUnit),
		perRequest: int64(ratio * tokenUnit),
		perSecond:  perSecond * tokenUnit,
	}
	b.spent.Store(math.MinInt64 / 2) // so far behind that the first Take finds a full bucket
	return b
}

// Take takes one token and reports whether there was one. requests is how many
// requests there have been so far (Users.Requests), a number that only grows.
// Between any two calls at most burst + ratio × requests + perSecond × seconds
// tokens are handed out. Callers that race with slightly older readings may be
// refused, never served too much.
func (b *Budget) Take(requests uint64, now time.Time) bool {
	earned := b.earned(requests, now)
	for {
		spent := b.spent.Load()
		from := max(spent, earned-b.burst) // what would overflow the bucket is lost
		if earned-from < tokenUnit {
			return false
		}
		if b.spent.CompareAndSwap(spent, from+tokenUnit) {
			return true
		}
	}
}

// earned is how much has come in since the first call, on a scale without end.
func (b *Budget) earned(requests uint64, now time.Time) int64 {
	origin := b.origin.Load()
	if origin == nil {
		origin = b.begin(now)
	}
	return int64(requests)*b.perRequest + int64(now.Sub(*origin).Seconds()*b.perSecond)
}

// begin sets where time begins: apart from earned, so that only the first call
// puts its now on the heap.
func (b *Budget) begin(now time.Time) *time.Time {
	b.origin.CompareAndSwap(nil, &now)
	return b.origin.Load()
}
