package proxy

import (
	"time"

	"weir/health/outcome"
	"weir/proxy/flag"
)

// FlagArms counts what users' requests came to in which a flag was decided that has a
// ramp, by where the ramp has put them. It lives as long as the flag. All methods may be
// called by any goroutine; Done takes no lock unless the request failed, and allocates
// nothing. Use NewFlagArms.
type FlagArms struct {
	// In is the variant that is ramped: what was drawn for it is counted as First, what a
	// segment has chosen as Write, which is compared with nothing. Beside are those that
	// might have been drawn.
	In, Beside *outcome.Version
	// Failures names requests that failed with the variant.
	Failures *Failures

	// Users who have had a failure, and one with a 4xx: of each the first counts alone, for
	// everything that a user asks is on one side.
	failed, mistaken outcome.Dedupe
}

// NewFlagArms returns arms that have counted nothing.
func NewFlagArms() *FlagArms {
	return &FlagArms{In: outcome.NewVersion(), Beside: outcome.NewVersion(), Failures: &Failures{}}
}

// Begin is for the beginning of a ramp: whoever has failed in one before counts again.
func (f *FlagArms) Begin() {
	f.failed.Forget()
	f.mistaken.Forget()
}

// FlagEnd is how a user's request ended.
type FlagEnd struct {
	Kind outcome.Kind // of all of it, after retries
	// Client is that it ended OK with a 4xx.
	Client bool
	// Overdue is that Overdue has counted it while it was under way.
	Overdue bool
	// Took is the time to the answer; 0: there was none.
	Took time.Duration
	// Key is the hash of its targeting key; 0: it has none.
	Key uint64
	// TraceID is that of its trace; empty: it is in none.
	TraceID []byte
}

// Overdue counts a request under way as a failed one, because an attempt of it has been
// waiting for its answer for too long. Its user is key, as in FlagEnd.
func (f *FlagArms) Overdue(shard int, arm flag.Arm, key uint64, now time.Duration) {
	if arm != flag.NoArm {
		f.count(shard, arm, outcome.Overdue, key, now)
	}
}

// Done counts the end of a request. now is a monotonic time; shard: see outcome.Version.
func (f *FlagArms) Done(shard int, arm flag.Arm, e *FlagEnd, now time.Duration) {
	if arm == flag.NoArm {
		return
	}
	if !e.Overdue {
		if !f.count(shard, arm, e.Kind, e.Key, now) {
			return
		}
		if arm != flag.Chosen {
			f.measure(shard, arm, e, now)
		}
	}
	if e.Kind.Failed() && arm != flag.Beside {
		f.Failures.add(e.TraceID)
	}
}

// count says whether the request counts: of one user's failures only the first does.
func (f *FlagArms) count(shard int, arm flag.Arm, k outcome.Kind, key uint64, now time.Duration) bool {
	v := f.version(arm)
	switch {
	case k.Failed() && key != 0 && f.failed.Again(key, now):
		v.Repeated(shard, k)
		return false
	case arm == flag.Chosen:
		v.Write(shard, k)
	default:
		v.First(shard, k)
	}
	return true
}

// measure counts what else is compared.
func (f *FlagArms) measure(shard int, arm flag.Arm, e *FlagEnd, now time.Duration) {
	v := f.version(arm)
	if e.Client && e.Kind == outcome.OK && (e.Key == 0 || !f.mistaken.Again(e.Key, now)) {
		v.ClientError(shard)
	}
	if e.Took > 0 {
		v.FirstByte(shard, true, e.Took)
	}
}

func (f *FlagArms) version(arm flag.Arm) *outcome.Version {
	if arm == flag.Beside {
		return f.Beside
	}
	return f.In
}
