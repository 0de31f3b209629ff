package balancer

import "math"

// measure is what algorithms compare endpoints by: the less the better.
type measure int

const (
	byConns measure = iota // attempts in flight, per weight
	byTime                 // NGINX's estimate of least_time, per weight
	byWaits                // the same with the time that attempts have waited by now
	byPeak                 // Finagle's peak-sensitive mean
)

func (b Balance) measure() measure {
	switch {
	case b.Algorithm == PeakEWMA:
		return byPeak
	case b.byTime() && b.Inflight:
		return byWaits
	case b.byTime():
		return byTime
	}
	return byConns
}

// of is the measure of one endpoint. Quotients of whole numbers: equal ones are equal
// to the bit, as if they had been multiplied out.
func (m measure) of(f *fit, i int32) float64 {
	s := f.at(i)
	conns, weight := float64(s.live.inflight.Load()), float64(s.weight)
	switch m {
	case byTime, byWaits:
		now := f.ask.Now
		took := s.live.pace.mean(now)
		if m == byWaits {
			took = max(took, s.live.waits.mean(now))
		}
		return class(took) * (1 + conns) / weight
	case byPeak:
		took := s.live.pace.peak(f.ask.Now)
		if took == 0 && conns > 0 {
			return unknown + conns // one attempt will tell, until then others are better
		}
		// By weight is what is in flight, not how fast a single answer is.
		return took * (1 + conns/weight)
	}
	return conns / weight
}

// unknown is the cost of an endpoint that has an attempt in flight and has answered
// none yet: above all that are known.
const unknown = 1e18

// class rounds a time in milliseconds up, so that times close to each other are
// equal. Beyond 5 s all are, and attempts in flight decide.
func class(ms float64) float64 {
	const step, most = 20, 5000
	ms = math.Floor(ms)
	if ms > most {
		return most
	}
	return ms + step - math.Mod(ms, step)
}
