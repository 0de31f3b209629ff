package rollout

import (
	"cmp"
	"slices"
	"time"

	"weir/balancer/verdict"
)

// Evidence is everything counted and weighed about a candidate. The zero value
// has no rules; New makes one. Only Step writes it.
type Evidence struct {
	// Candidate and Stable are first attempts of closed ticks since the start.
	Candidate Counts `json:"candidate"`
	Stable    Counts `json:"stable"`
	Tests     Tests  `json:"tests"`
	// Without has, for each endpoint that failed beside another usable one, what
	// the evidence would be without its requests. See reaches.
	Without []Without `json:"without,omitempty"`
	// Writes is what became of pinned writes, or of the requests of a flag's segments.
	Writes PinnedWrites `json:"writes,omitzero"`
	// Certificate is what there is for the candidate, since the start.
	Certificate verdict.Certificate `json:"certificate,omitzero"`
	// Minute is the watched time since the tests that begin again did so last.
	Minute time.Duration `json:"minute,omitempty"`
	// Moved is true once the candidate got another share with evidence at hand.
	Moved bool `json:"moved,omitempty"`
	// ClientErrors: "answers with a 4xx more than Tolerate times as often as stable".
	ClientErrors verdict.Restart `json:"client_errors,omitzero"`
	// Sample: "the split sends who it says it does", since the start or the last hold.
	Sample verdict.SampleRatio `json:"sample,omitzero"`
	// Slowness is what the comparison of latencies goes by.
	Slowness Slowness `json:"slowness,omitzero"`
	// Accepted are causes of a hold that an operator has seen and resumed from: they
	// hold no more.
	Accepted []string `json:"accepted,omitempty"`
	// Failures are the trace ids of the candidate's first failed attempts since
	// Onset.
	Failures []string `json:"failures,omitempty"`
	// Mirrored is what the copies of requests have shown.
	Mirrored Mirrored `json:"mirrored,omitzero"`
	// StableOver finds stable itself above MaxErrorRate.
	StableOver verdict.CUSUM `json:"stable_over"`
	Excursion  Excursion     `json:"excursion"`
	// Onset is where what is against the candidate began.
	Onset Onset `json:"onset"`
	// Users, UserErrors and FailedAttempts of the upstream, for the report.
	Users          uint64 `json:"users"`
	UserErrors     uint64 `json:"user_errors"`
	FailedAttempts uint64 `json:"failed_attempts"`
	// Base is what this process saw last. Without it, as after a restart, the
	// next Step only takes it: lost ticks are dropped, which stays valid.
	Base Base `json:"-"`
}

// Tests are the sequential tests of a candidate.
type Tests struct {
	// Worse: "fails more than Tolerate times as often as stable", since the start or
	// any later minute.
	Worse verdict.Restart `json:"worse"`
	// Latency: "is slower than stable by more than Tolerate", as Worse.
	Latency verdict.Latency `json:"latency,omitzero"`
	// Over: "fails more than MaxErrorRate" beside stable traffic, since the
	// start or the last hold.
	Over verdict.Guard `json:"over"`
	// Alone: "fails more than MaxErrorRate from some moment on", with or without
	// stable traffic.
	Alone verdict.CUSUM `json:"alone"`
	// Equal: "fails more often than stable", since the excursion began.
	Equal verdict.Ratio `json:"equal"`
	// Writes: "fails more than MaxErrorRate of pinned writes from some moment on".
	Writes verdict.CUSUM `json:"writes,omitzero"`
}

// Without is the evidence that is left when one endpoint is not counted.
type Without struct {
	Address string `json:"address"`
	Tests   Tests  `json:"tests"`
}

// Excursion is what happened since the Alone test last had nothing against the
// candidate. A long healthy past so neither hides nor excuses what begins now.
type Excursion struct {
	Candidate Counts `json:"candidate"`
	Stable    Counts `json:"stable"`
	Retries   uint64 `json:"retries"`
	RetriesOK uint64 `json:"retries_ok"`
	// Alarmed is for how long the Alone test has been in alarm.
	Alarmed time.Duration `json:"alarmed"`
}

// alonePart is how many requests of the candidate there are to one of stable's
// when the comparison with stable is given up as blind: hundreds of failures
// would be needed.
const alonePart = 20

// alone reports that stable has too little traffic of its own to compare with.
func (x *Excursion) alone() bool {
	return x.Stable.Requests*alonePart < x.Candidate.Requests
}

func newEvidence(p *Plan) Evidence {
	r := p.Rules
	var writes verdict.CUSUM
	var chosen PinnedWrites
	if p.Flag != "" {
		chosen.Equal = verdict.NewRatio(1)
	}
	if p.PinWrites || p.Flag != "" {
		writes = verdict.NewCUSUM(r.MaxErrorRate)
	}
	return Evidence{
		Certificate: verdict.NewCertificate(p.Certify.MaxRatio, p.Certify.MaxErrorRate),
		Tests: Tests{
			Worse: verdict.NewRestart(r.Tolerate),
			Over:  verdict.NewGuard(r.MaxErrorRate),
			Alone: verdict.NewCUSUM(r.MaxErrorRate),
			Equal: verdict.NewRatio(1),

			Writes: writes,
		},
		Writes:       chosen,
		ClientErrors: verdict.NewRestart(r.Tolerate),
		StableOver:   verdict.NewCUSUM(r.MaxErrorRate),
	}
}

// feed adds a closed tick.
func (e *Evidence) feed(t *tick) {
	if e.Tests.Alone.Quiet() {
		// Whether to begin anew is known before the tick is looked at, or the
		// Equal test would start with the failures that it was started for.
		e.excursion()
	}
	e.Candidate.add(t.candidate)
	e.Stable.add(t.stable)
	e.Excursion.Candidate.add(t.candidate)
	e.Excursion.Stable.add(t.stable)
	e.Excursion.Retries += t.retries
	e.Excursion.RetriesOK += t.retriesOK
	e.Writes.feed(t, &e.Tests)
	e.leaveOut(t)
	before := e.Tests.Worse.L
	e.Tests.feed(t, EndpointCount{})
	e.StableOver.Tick(float64(t.stable.Requests), float64(t.stable.Failures))
	e.certify(t)
	e.ClientErrors.Tick(float64(t.candidate.Requests), float64(t.stable.Requests),
		float64(t.candidate.ClientErrors), float64(t.stable.ClientErrors))
	e.Onset.feed(t, &before, &e.Tests)
	e.name(t)
	e.pass(t.age)
}

// pass begins the tests again that do so, every minute. A tick that is longer than
// that, as after the machine has slept, is not looked into.
func (e *Evidence) pass(age time.Duration) {
	if e.Minute += min(age, time.Minute); e.Minute < time.Minute {
		return
	}
	e.Minute -= time.Minute
	e.ClientErrors.Begin()
	e.Tests.begin()
	for i := range e.Without { // its own, since leaveOut
		e.Without[i].Tests.begin()
	}
}

func (t *Tests) begin() {
	t.Worse.Begin()
	if t.Latency != (verdict.Latency{}) { // else there is nothing that could begin again
		t.Latency.Begin()
	}
}

// excursion begins one.
func (e *Evidence) excursion() {
	e.Excursion = Excursion{}
	e.Tests.Equal = verdict.NewRatio(1)
	e.Without = slices.Clone(e.Without)
	for i := range e.Without {
		e.Without[i].Tests.Equal = verdict.NewRatio(1)
	}
}

// turn is for a candidate that has got another share. What it was compared with
// at the share before must not decide whether there is anything to compare with
// now; and of a stable version without traffic nothing is known any more.
func (e *Evidence) turn(r Rules, percent float64) {
	e.excursion()
	e.Moved = e.Moved || e.Candidate.Failures+e.Stable.Failures > 0
	if percent >= 100 {
		e.StableOver = verdict.NewCUSUM(r.MaxErrorRate)
	}
}

// feed adds a tick without some of the candidate's requests.
func (t *Tests) feed(k *tick, leftOut EndpointCount) {
	nc, ns := float64(grown(leftOut.Requests, k.candidate.Requests)), float64(k.stable.Requests)
	xc, xs := float64(grown(leftOut.Failures, k.candidate.Failures)), float64(k.stable.Failures)
	t.Worse.Tick(nc, ns, xc, xs)
	t.Equal.Tick(nc, ns, xc, xs)
	t.Alone.Tick(nc, xc)
	t.Writes.Tick(float64(grown(leftOut.Writes.Requests, k.writes.Requests)), float64(grown(leftOut.Writes.Failures, k.writes.Failures)))
	if k.stable.Requests > 0 {
		t.Over.Tick(nc, xc)
	}
}

// maxWithout bounds how many endpoints are told apart; beyond it the one makes
// room whose failures matter least.
const maxWithout = 32

// leaveOut keeps Without: every tick is added without the endpoint's requests,
// unless it was the only usable endpoint, and so the version itself, when they
// were made. It comes before the tick is added to Tests: the evidence without an
// endpoint begins as that of all, with the tick of its first failure.
func (e *Evidence) leaveOut(t *tick) {
	e.Without = slices.Clone(e.Without) // Step shares nothing with the state it was given
	alone := t.usable < 2
	for i := range t.endpoints {
		if p := &t.endpoints[i]; !alone && p.Failures+p.Writes.Failures > 0 {
			e.tellApart(t.endpoints[i].Address)
		}
	}
	for i := range e.Without {
		w, leftOut := &e.Without[i], EndpointCount{}
		for _, p := range t.endpoints {
			if p.Address == w.Address && !alone {
				leftOut = p
			}
		}
		w.Tests.feed(t, leftOut)
	}
}

// tellApart begins to tell an endpoint apart, if that is not done already. Without is
// the caller's own.
func (e *Evidence) tellApart(address string) {
	if slices.ContainsFunc(e.Without, func(w Without) bool { return w.Address == address }) {
		return
	}
	if len(e.Without) >= maxWithout {
		least := slices.MaxFunc(e.Without, func(a, b Without) int {
			return cmp.Compare(both(&a.Tests), both(&b.Tests))
		})
		e.Without = slices.DeleteFunc(e.Without, func(w Without) bool { return w.Address == least.Address })
	}
	e.Without = append(e.Without, Without{Address: address, Tests: e.Tests})
}

// reaches reports whether a test reaches its bound, and would still get half
// the way without any single endpoint.
//
// One dead endpoint of three is a reason to eject it, not to revert the release.
// Asking only for failures from two endpoints would let any later, ordinary
// failure of a second one confirm the first one's. The endpoint's successes are
// left out with its failures, or the others would look better than they are: of
// endpoints that fail alike the rest then shows the same rate on less traffic,
// at the worst on half of it.
func (e *Evidence) reaches(bound float64, test func(*Tests) float64) bool {
	if !(test(&e.Tests) >= bound) {
		return false
	}
	for i := range e.Without {
		if test(&e.Without[i].Tests) < bound/2 {
			return false
		}
	}
	return true
}

// forgive starts the absolute tests anew, after a hold: what held is over, or
// an operator says so.
func (e *Evidence) forgive(r Rules) {
	fresh := newEvidence(&Plan{Rules: r})
	again := func(t *Tests) {
		t.Over, t.Alone, t.Equal = fresh.Tests.Over, fresh.Tests.Alone, fresh.Tests.Equal
		t.Writes.C = fresh.Tests.Writes.C
	}
	again(&e.Tests)
	e.Without = slices.Clone(e.Without)
	for i := range e.Without {
		again(&e.Without[i].Tests)
	}
	e.StableOver = fresh.StableOver
	e.Excursion = Excursion{}
	e.Onset.Over = time.Time{}
}

func (c *Counts) add(d Counts) {
	c.Requests += d.Requests
	c.Failures += d.Failures
	c.ClientErrors += d.ClientErrors
}

// both is the evidence of errors and of latency together.
func both(t *Tests) float64 { return verdict.Combine(t.Worse.LogE(), t.Latency.LogE()) }

// latencyAlone is both for a candidate that has not failed often enough to be
// compared: what its failures say for it still counts.
func latencyAlone(t *Tests) float64 {
	return verdict.Combine(min(t.Worse.LogE(), 0), t.Latency.LogE())
}

func over(t *Tests) float64  { return t.Over.LogE() }
func equal(t *Tests) float64 { return t.Equal.LogE() }
func alone(t *Tests) float64 { return t.Alone.Level() }
