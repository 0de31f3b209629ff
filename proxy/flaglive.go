package proxy

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"weir/health/outcome"
	"weir/proxy/flag"
)

// FlagLive is what is counted of a flag that requests of users ask for, by variant. It
// outlives generations. Make one with NewFlagLive.
type FlagLive struct {
	variants  []string
	outcomes  []*outcome.Version // by the variants' places; the last is of requests without one
	decisions [][]atomic.Uint64  // by shard: see cell

	// Arms count for the flag's ramps.
	Arms *FlagArms
	// Wake gets one non-blocking send after a request has failed. Capacity 1; whoever
	// judges a ramp receives.
	Wake chan struct{}
}

// flagReasons are why a variant was given, in the order of their counters.
var flagReasons = [...]string{
	flag.ReasonStatic, flag.ReasonTargetingMatch, flag.ReasonSplit, flag.ReasonDefault, flag.ReasonDisabled, flag.ReasonError,
}

// apart is how many counters lie between those of two shards, so that they share no
// line of any cache.
const apart = 16

// NewFlagLive is at zero for these variants. What was counted before goes on under the
// same name; before may be nil.
func NewFlagLive(variants []string, before *FlagLive) *FlagLive {
	if before != nil && slices.Equal(variants, before.variants) {
		return before
	}
	l := &FlagLive{variants: variants, Arms: NewFlagArms(), Wake: make(chan struct{}, 1)}
	if before != nil {
		l.Arms, l.Wake = before.Arms, before.Wake
	}
	for _, name := range variants {
		l.outcomes = append(l.outcomes, before.Outcome(name))
	}
	l.outcomes = append(l.outcomes, before.Outcome(""))
	for i, v := range l.outcomes {
		if v == nil {
			l.outcomes[i] = outcome.NewVersion()
		}
	}
	shards := 1
	for shards < runtime.GOMAXPROCS(0) && shards < 16 {
		shards *= 2
	}
	for range shards {
		l.decisions = append(l.decisions, make([]atomic.Uint64, len(l.outcomes)*len(flagReasons)+apart))
	}
	if before != nil {
		for c := range before.Decisions() {
			if at := l.place(c.Variant); at >= 0 {
				l.decisions[0][l.cell(at, c.Reason)].Add(c.Count)
			}
		}
	}
	return l
}

// place is where a variant is counted; of "" where requests without one are. -1: it is
// none of the flag's.
func (l *FlagLive) place(variant string) int {
	if variant == "" {
		return len(l.variants)
	}
	return slices.Index(l.variants, variant)
}

// Outcome is what became of the requests of users that got a variant, "" those that got
// none: each once, with its last attempt, and the time to the first byte of the answer.
// nil for a name that the flag does not have. l may be nil.
func (l *FlagLive) Outcome(variant string) *outcome.Version {
	if l == nil {
		return nil
	}
	if at := l.place(variant); at >= 0 {
		return l.outcomes[at]
	}
	return nil
}

func (l *FlagLive) cell(variant int, reason string) int {
	return variant*len(flagReasons) + max(slices.Index(flagReasons[:], reason), 0)
}

// decided counts a decision.
func (l *FlagLive) decided(shard int, d *flag.Decision) {
	variant := d.Index
	if variant < 0 {
		variant = len(l.variants)
	}
	l.decisions[shard&(len(l.decisions)-1)][l.cell(variant, d.Reason)].Add(1)
}

// FlagDecisions counts decisions that came to the same.
type FlagDecisions struct {
	Variant string // "": none
	Reason  string
	Count   uint64
}

// Decisions are those that there were, of each kind one sum.
func (l *FlagLive) Decisions() func(yield func(FlagDecisions) bool) {
	return func(yield func(FlagDecisions) bool) {
		for at := range l.outcomes {
			for _, reason := range flagReasons {
				d := FlagDecisions{Reason: reason}
				if at < len(l.variants) {
					d.Variant = l.variants[at]
				}
				for _, s := range l.decisions {
					d.Count += s[l.cell(at, reason)].Load()
				}
				if d.Count > 0 && !yield(d) {
					return
				}
			}
		}
	}
}

// over counts what became of a request that got a variant; took is the time to the first
// byte of the answer, 0 when there was none.
func (l *FlagLive) over(shard, variant int, k outcome.Kind, clientError bool, took time.Duration) {
	if variant < 0 {
		variant = len(l.variants)
	}
	v := l.outcomes[variant]
	v.First(shard, k)
	if clientError {
		v.ClientError(shard)
	}
	if took > 0 {
		v.FirstByte(shard, true, took)
	}
	if k.Failed() {
		l.wake()
	}
}

func (l *FlagLive) wake() {
	select {
	case l.Wake <- struct{}{}:
	default: // a wake-up is already waiting
	}
}
