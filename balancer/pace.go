package balancer

import (
	"math"
	"sync/atomic"
	"time"
)

// pace is how fast an endpoint answers: a mean time in milliseconds as a float32, and
// when it was written, in milliseconds of a clock that begins with the process. Both
// are one word, so that they fit together. The zero value knows nothing.
type pace struct {
	word atomic.Uint64
	idle atomic.Uint32 // ms without an answer after which NGINX's mean is halved, and again; 0: defaultIdle
}

func (p *pace) load() (ms float64, at uint32) {
	w := p.word.Load()
	return float64(math.Float32frombits(uint32(w >> 32))), uint32(w)
}

// write replaces the mean by what next says of it and of its age.
func (p *pace) write(now time.Duration, next func(ms, age float64) float64) {
	for {
		w := p.word.Load()
		ms, at := float64(math.Float32frombits(uint32(w>>32))), uint32(w)
		to := uint64(math.Float32bits(float32(next(ms, age(at, now)))))<<32 | uint64(millis(now))
		if p.word.CompareAndSwap(w, to) {
			return
		}
	}
}

// millis wraps after 49 days, which differences do not mind.
func millis(at time.Duration) uint32 { return uint32(at / time.Millisecond) }

// age is the milliseconds from at to now; 0 when now has not come to at.
func age(at uint32, now time.Duration) float64 {
	return float64(max(0, int32(millis(now)-at)))
}

const (
	newShare    = 0.05  // of a new time in NGINX's mean
	defaultIdle = 10000 // ms, as NGINX's fail_timeout
	decay       = 10000 // ms in which Finagle's mean falls to 1/e
)

// mean is NGINX's mean at that time: a slow endpoint that gets nothing is taken for
// a faster one in the end, and has another chance.
func (p *pace) mean(now time.Duration) float64 {
	ms, at := p.load()
	idle := float64(p.idle.Load())
	if idle == 0 {
		idle = defaultIdle
	}
	if a := age(at, now); a > idle {
		return ms * math.Exp2(-math.Floor(a/idle))
	}
	return ms
}

// SetIdle says after how long without an answer what least_time knows of the endpoint
// counts half, and after as long again half of that: NGINX's fail_timeout. 0 is 10 s.
func (l *Live) SetIdle(d time.Duration) {
	l.pace.idle.Store(uint32(min(d/time.Millisecond, math.MaxInt32))) // no age is more
}

// addToMean counts a time in NGINX's mean.
func (p *pace) addToMean(took, now time.Duration) {
	t := took.Seconds() * 1000
	p.write(now, func(ms, _ float64) float64 {
		if ms == 0 {
			return t
		}
		return ms + newShare*(t-ms)
	})
}

// peak is Finagle's mean at that time.
func (p *pace) peak(now time.Duration) float64 {
	ms, at := p.load()
	if a := age(at, now); a > 0 {
		return ms * math.Exp(-a/decay)
	}
	return ms
}

// addToPeak counts a time in Finagle's mean: at once when it is above, else by how
// long ago the last one was.
func (p *pace) addToPeak(took, now time.Duration) {
	t := took.Seconds() * 1000
	p.write(now, func(ms, age float64) float64 {
		old := math.Exp(-age / decay)
		if ms *= old; t > ms {
			return t
		}
		return ms + t*(1-old)
	})
}

// Observe counts how long an endpoint took for an answer: for the algorithms that go
// by it, and at a time of a clock that begins with the process.
func (b Balance) Observe(l *Live, took, now time.Duration) {
	if b.Algorithm == PeakEWMA {
		l.pace.addToPeak(took, now)
	} else {
		l.pace.addToMean(took, now)
	}
}

// Times is what an algorithm wants to be told of every attempt. The zero value is
// nothing.
type Times int

// The wants.
const (
	NoTimes    Times = iota
	ToHead           // how long it took to the answer's head
	ToLastByte       // how long it took to the answer's end
)

// Times says what the algorithm wants to be told by Observe.
func (b Balance) Times() Times {
	switch {
	case b.Algorithm == PeakEWMA:
		return ToHead
	case !b.byTime():
		return NoTimes
	case b.LastByte:
		return ToLastByte
	}
	return ToHead
}
