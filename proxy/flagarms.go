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
	// Took is the time to the answer; 0: there was none.
	Took time.Duration
	// Key is the hash of its targeting key; 0: it has none.
	Key uint64
	// TraceID is that of its trace; empty: it is in none.
	TraceID []byte
}

// Done counts the end of a request. now is a monotonic time; shard: see outcome.Version.
func (f *FlagArms) Done(shard int, arm flag.Arm, e *FlagEnd, now time.Duration) {
	v := f.In
	switch arm {
	case flag.NoArm:
		return
	case flag.Beside:
		v = f.Beside
	}
	failed := e.Kind.Failed()
	again := failed && e.Key != 0 && f.failed.Again(e.Key, now)
	switch {
	case again:
		v.Repeated(shard, e.Kind)
	case arm == flag.Chosen:
		v.Write(shard, e.Kind)
	default:
		v.First(shard, e.Kind)
		if e.Client && e.Kind == outcome.OK && (e.Key == 0 || !f.mistaken.Again(e.Key, now)) {
			v.ClientError(shard)
		}
		if e.Took > 0 {
			v.FirstByte(shard, true, e.Took)
		}
	}
	if failed && !again && arm != flag.Beside {
		f.Failures.add(e.TraceID)
	}
}
