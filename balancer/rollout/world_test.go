package rollout_test

import (
	"math"
	"math/rand/v2"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// file is an upstream as a file has it that says nothing of how to judge: what
// holds for its rollouts are the defaults that users get.
var file = func() config.Rollout {
	c, err := config.Parse("weir.yaml", []byte(`
listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api: {stable: v1, versions: {v1: {endpoints: ["127.0.0.1:3001"]}, v2: {weight: 0, endpoints: ["127.0.0.1:3002"]}}}
routes: [{upstream: api}]
`))
	if err != nil {
		panic(err)
	}
	return c.Upstreams[0].Rollout
}()

var defaults = rollout.Rules{
	MaxErrorRate: file.Revert.MaxErrorRate, Alpha: file.Revert.Alpha, Tolerate: file.Revert.Tolerate,
	MinFailures: file.Revert.MinFailures, UnusableFor: file.Revert.UnusableFor,
}

// filePlan is a rollout by the defaults; of steps there are none.
func filePlan() rollout.Plan {
	return rollout.Plan{
		Strategy: file.Strategy, From: "v1", To: "v2", Rules: defaults,
		MinRequests: uint64(file.MinRequests), Bake: file.Bake, KeepWarm: file.KeepWarm,
		Steps: []rollout.PlanStep{
			{Percent: 1, Hold: 20 * time.Second}, {Percent: 10, Hold: 20 * time.Second},
			{Percent: 25, Hold: 20 * time.Second}, {Percent: 100},
		},
	}
}

// defaultPlan is filePlan with a bake that is over sooner.
func defaultPlan() rollout.Plan {
	p := filePlan()
	p.Bake = time.Minute
	return p
}

// at is a plan that stays at one share.
func at(percent float64) rollout.Plan {
	p := defaultPlan()
	p.Steps = []rollout.PlanStep{{Percent: percent, Pause: true}, {Percent: 100}}
	return p
}

// start is a wall clock without a monotonic part: pure functions get their time
// from the simulation alone.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// world is traffic, failures, ejection and shield around Step. Rates are
// functions of the time since the start; they stay what they are for a look.
type world struct {
	rng    *rand.Rand
	rps    float64
	look   time.Duration // between two looks; failures wake Step besides
	stable func(t float64) float64
	rate   func(t float64, endpoint int) float64 // the candidate's
	eject  bool                                  // five failures in a row take an endpoint out
	post   bool                                  // nothing can be retried

	endpoints []endpoint
	turn      int
	obs       rollout.Observation
	state     rollout.State
	began     time.Time
	now       time.Time
	looked    time.Time // of the last Step
	due       float64   // requests that have arrived but were not sent yet
	sent      float64   // the candidate's share of requests, in requests
	firstFail time.Duration
	failures  uint64 // the candidate's, until the decision
	held      bool
}

type endpoint struct {
	inARow, times int
	out           time.Time // ejected until
}

func constant(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

func everywhere(rate func(float64) float64) func(float64, int) float64 {
	return func(t float64, _ int) float64 { return rate(t) }
}

func newWorld(seed uint64, p rollout.Plan, endpoints int) *world {
	w := &world{
		rng: rand.New(rand.NewPCG(seed, 42)), rps: 100, look: 100 * time.Millisecond,
		endpoints: make([]endpoint, endpoints), now: start, began: start,
		stable: constant(0), rate: everywhere(constant(0)),
	}
	w.sent = w.rng.Float64()
	w.obs.StableHealthy, w.obs.StableUsable = true, 3
	for i := range endpoints {
		w.obs.Endpoints = append(w.obs.Endpoints, rollout.EndpointCount{Address: string(rune('a' + i))})
	}
	w.state, _ = rollout.New("r", p, 0, start)
	w.step()
	return w
}

// run goes on until the rollout ends, reverts, or for so long.
func (w *world) run(for_ time.Duration) rollout.Phase {
	for end := w.now.Add(for_); w.now.Before(end) && !w.over(); {
		w.pass()
	}
	return w.state.Phase
}

func (w *world) over() bool { return w.state.Phase.Ended() || w.state.Phase == rollout.Reverting }

func (w *world) step() {
	w.obs.CandidateUsable, w.looked = 0, w.now
	for i := range w.endpoints {
		if w.usable(i) {
			w.obs.CandidateUsable++
		}
	}
	next, _, err := rollout.Step(w.state, w.obs, rollout.None, w.now)
	if err != nil {
		panic(err)
	}
	w.state = next
	w.held = w.held || next.Phase == rollout.Holding
}

// pass is the time between two looks.
func (w *world) pass() {
	t := w.now.Sub(w.began).Seconds()
	ps, pc, most := w.stable(t), make([]float64, len(w.endpoints)), w.stable(t)
	for i := range pc {
		pc[i] = w.rate(t, i)
		most = max(most, pc[i])
	}
	w.due += w.rps * w.look.Seconds()
	n := int(w.due)
	w.due -= float64(n)
	from := w.now
	for i := 0; i < n && !w.over(); {
		gap := n - i // successes before the next possible failure
		if most > 0 {
			if g := math.Log(1-w.rng.Float64()) / math.Log1p(-min(most, 1-1e-12)); g < float64(gap) {
				gap = int(g)
			}
		}
		w.succeed(gap)
		if i += gap; i >= n {
			break
		}
		i++
		w.now = from.Add(time.Duration(float64(w.look) * float64(i) / float64(n)))
		w.request(ps, pc, most)
	}
	if !w.over() {
		w.now = from.Add(w.look)
		w.step()
	}
}

// share takes n requests and returns how many of them are the candidate's.
func (w *world) share(n int) int {
	before := math.Floor(w.sent)
	w.sent += float64(n) * w.state.Percent / 100
	if w.obs.CandidateUsable == 0 {
		return 0
	}
	return int(math.Floor(w.sent) - before)
}

func (w *world) succeed(n int) {
	c := w.share(n)
	w.obs.Users += uint64(n)
	w.obs.Candidate.Requests += uint64(c)
	w.obs.Stable.Requests += uint64(n - c)
	turns := min(c, 2*len(w.endpoints))
	for i := range turns {
		e := w.pick()
		w.endpoints[e].inARow = 0
		w.obs.Endpoints[e].Requests += uint64((c + turns - 1 - i) / turns) // c of them in all
	}
}

// usable says whether the endpoint was in when Step last looked.
func (w *world) usable(i int) bool { return !w.endpoints[i].out.After(w.looked) }

func (w *world) pick() int {
	for {
		w.turn = (w.turn + 1) % len(w.endpoints)
		if w.usable(w.turn) {
			return w.turn
		}
	}
}

// request fails with its version's part of the highest rate.
func (w *world) request(ps float64, pc []float64, most float64) {
	w.obs.Users++
	u := w.rng.Float64() * most
	if w.share(1) == 0 {
		w.obs.Stable.Requests++
		if u < ps {
			w.obs.Stable.Failures++
			w.obs.UserErrors++
			w.obs.FailedAttempts++
			w.step()
		}
		return
	}
	i := w.pick()
	e := &w.endpoints[i]
	w.obs.Candidate.Requests++
	w.obs.Endpoints[i].Requests++
	if u >= pc[i] {
		e.inARow = 0
		return
	}
	if w.failures == 0 {
		w.firstFail = w.now.Sub(w.began)
	}
	w.failures++
	w.obs.FailedAttempts++
	w.obs.Candidate.Failures++
	w.obs.Endpoints[i].Failures++
	if e.inARow++; w.eject && e.inARow >= 5 {
		e.times++
		e.inARow, e.out = 0, w.now.Add(time.Duration(e.times)*10*time.Second)
	}
	if !w.post {
		w.obs.Retries++
		if w.rng.Float64() >= ps {
			w.obs.RetriesOK++
		}
	}
	w.step()
}
