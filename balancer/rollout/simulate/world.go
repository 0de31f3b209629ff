package simulate

import (
	"math/rand/v2"
	"time"

	"weir/balancer/rollout"
)

// Start is when every simulation begins: a wall clock without a monotonic part,
// for pure functions get their time from the simulation alone.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Rate is the part of requests that fail, 0 to 1, so many seconds after the
// start. It stays what it is from one look to the next.
type Rate func(seconds float64) float64

// EndpointRate is the Rate of one endpoint of the candidate, counted from 0.
type EndpointRate func(seconds float64, endpoint int) float64

// Constant is a rate that does not change.
func Constant(rate float64) Rate { return func(float64) float64 { return rate } }

// Everywhere is a candidate of which all endpoints have the same rate.
func Everywhere(r Rate) EndpointRate {
	return func(seconds float64, _ int) float64 { return r(seconds) }
}

// World is traffic, failures, ejection and shield around one rollout. Make it
// with New. What is to be set may be changed between two calls of Run.
type World struct {
	// To be set.
	RPS       float64       // users' requests a second; 100
	Look      time.Duration // between two looks, failures cause one besides; 100 ms, as the engine's
	Calm      time.Duration // the same while nothing fails, for long plans: little can happen; as Look
	Stable    Rate          // none fails
	Candidate EndpointRate  // none fails
	Blind     bool          // failures cause no look, as in an analysis with looks at fixed times
	Eject     bool          // five failures in a row take an endpoint out
	Posts     float64       // part of the requests that the shield may not retry, 0 to 1; none
	Hang      time.Duration // so late is a failure of the candidate known; at once
	Mismatch  float64       // part of the candidate's answers to copies that are not as stable's, 0 to 1; none
	Promote   bool          // an operator promotes where the plan waits for one
	// How long answers take; nil: it is not measured. Only both or none.
	StableLatency, CandidateLatency *Latency
	Clients                         *Clients // who asks, when the split is keyed; nil: it is not

	// To be read.
	State        rollout.State
	Now          time.Time
	FirstFailure time.Duration // the candidate's, since the start
	Failures     uint64        // the candidate's, until the decision
	Held         bool          // it has been holding
	Ejected      int           // how often an endpoint was taken out
	Ramp         []Point       // every share the candidate had
	// Observed is what Step was shown last.
	Observed rollout.Observation

	rng       *rand.Rand
	endpoints []endpoint
	turn      int
	mirrored  float64   // pairs of answers
	seen      uint64    // users' requests at the last look
	looked    time.Time // of the last Step
	troubled  time.Time // when something failed last
	rates     rates
	copied    float64   // requests that are to be copied and were not yet
	due       float64   // requests that have arrived but were not sent yet
	sent      float64   // the candidate's share of requests, in requests
	hanging   []hanging // in the order in which they will have failed
	keyed     keyed
	answers   *answers // nil until there are latencies
}

// Point is the moment from which on the candidate had a share.
type Point struct {
	At      time.Duration // since the start
	Percent float64
}

// New begins a rollout to a candidate of so many endpoints, at a share of 0.
func New(seed uint64, p rollout.Plan, endpoints int) *World {
	w := &World{
		RPS: 100, Look: 100 * time.Millisecond, Stable: Constant(0), Candidate: Everywhere(Constant(0)), Now: Start,
		rng: rand.New(rand.NewPCG(seed, 42)), endpoints: make([]endpoint, endpoints),
	}
	w.sent = w.rng.Float64()
	w.Observed.StableHealthy, w.Observed.StableUsable = true, 3
	w.Observed.Preparation.Done = true
	for i := range endpoints {
		w.Observed.Endpoints = append(w.Observed.Endpoints, rollout.EndpointCount{Address: string(rune('a' + i))})
	}
	w.State, _ = rollout.New("r", p, 0, Start)
	w.step()
	return w
}

// Run goes on until the rollout ends, reverts, or for so long, and returns the
// phase it is in then.
func (w *World) Run(most time.Duration) rollout.Phase {
	for end := w.Now.Add(most); w.Now.Before(end) && !w.Over(); {
		w.pass(end.Sub(w.Now))
	}
	return w.State.Phase
}

// Over reports that the rollout is decided.
func (w *World) Over() bool { return w.State.Phase.Ended() || w.State.Phase == rollout.Reverting }

// Elapsed is the time since the start.
func (w *World) Elapsed() time.Duration { return w.Now.Sub(Start) }

// step shows the rollout what there is by now.
func (w *World) step() {
	w.Observed.CandidateUsable, w.looked = 0, w.Now
	w.agree()
	for i := range w.endpoints {
		if w.usable(i) {
			w.Observed.CandidateUsable++
		}
	}
	w.command(rollout.None)
	if w.Promote && (w.State.Phase == rollout.Paused || w.State.Phase == rollout.WaitingGate && w.State.Asked == rollout.Asked{}) {
		w.command(rollout.Promote)
	}
	w.Held = w.Held || w.State.Phase == rollout.Holding
}

// agree is what everything besides the traffic has to say: gates pass as soon as they
// are asked, writes have ended as soon as they are held, and what is mirrored has its
// pairs without a difference.
func (w *World) agree() {
	o := &w.Observed
	o.Gates = rollout.GateReport{Of: w.State.Asked, Done: w.State.Asked != rollout.Asked{}}
	o.Hold = rollout.WriteHeld{InForce: w.State.HoldsWrites(), Drained: w.State.HoldsWrites()}
	w.mirrored += w.State.Mirrors() / 100 * float64(o.Users-w.seen)
	w.seen, o.Mirror.Pairs = o.Users, uint64(w.mirrored)
}

// wake is the look that a failure causes.
func (w *World) wake() {
	if !w.Blind {
		w.step()
	}
}

func (w *World) command(c rollout.Command) {
	next, _, err := rollout.Step(w.State, w.Observed, c, w.Now)
	if err != nil {
		panic("BUG: " + err.Error()) // no phase refuses what is asked here
	}
	w.State = next
	if n := len(w.Ramp); n == 0 || w.Ramp[n-1].Percent != next.Percent {
		w.Ramp = append(w.Ramp, Point{At: w.Elapsed(), Percent: next.Percent})
	}
}
