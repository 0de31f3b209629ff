package proxy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/balancer"
	"weir/health/outcome"
)

// heard is an Exchange that only says what the retry decision asks it.
type heard struct {
	Exchange
	idempotent, replayable, keyed bool
}

func (h *heard) Name() []byte     { return []byte("a") }
func (h *heard) Path() []byte     { return []byte("/") }
func (h *heard) Idempotent() bool { return h.idempotent }
func (h *heard) Replayable() bool { return h.replayable }
func (h *heard) Header(name string, from int) (value []byte, next int) {
	if name != "idempotency-key" || !h.keyed || from > 0 {
		return nil, 0
	}
	return []byte("8e03978e"), 1
}

// decision is everything the retry decision may depend on, in plain values.
type decision struct {
	Idempotent, Replayable bool
	Keyed                  bool // there is an Idempotency-Key
	Kind                   outcome.Kind
	Status                 int  // of the answer at hand; 0: the attempt failed without one
	Sent, Cut              bool // of a failure
	Tries, Most            int
	On                     []string
	NonIdempotent          bool
	Invalid                bool // of a failure: an answer came that is none
	Late, Closing, Gone    bool // the total is over; after the hard close; the route leads elsewhere
	NoMore                 bool // retry.timeout is over
	Budget, ShieldBudget   bool // something is left
	At                     int  // version of the attempt: 0 is stable
	Judged                 bool // version 1 is
	Weight                 bool // version 1 has some
	Up                     [2][3]bool
	Tried                  [2][3]bool // before this attempt, which went to endpoint 0 of its version
}

func drawDecision(t *rapid.T) decision {
	flip := func(what string) bool { return rapid.Bool().Draw(t, what) }
	rare := func(what string) bool { return rapid.IntRange(0, 9).Draw(t, what) == 0 }
	d := decision{
		Idempotent: flip("idempotent"), Replayable: !rare("not replayable"), Keyed: flip("keyed"),
		Tries: rapid.IntRange(1, 3).Draw(t, "tries"), Most: rapid.IntRange(0, 4).Draw(t, "most"),
		On:            rapid.SliceOfDistinct(rapid.SampledFrom([]string{"connect", "timeout", "reset", "invalid_answer", "500", "503"}), rapid.ID).Draw(t, "on"),
		NonIdempotent: flip("non_idempotent"),
		NoMore:        rare("no more attempts"),
		Late:          rare("late"), Closing: rare("closing"), Gone: rare("gone"),
		Budget: !rare("budget spent"), ShieldBudget: !rare("shield's budget spent"),
		At: rapid.IntRange(0, 1).Draw(t, "at"), Judged: flip("judged"), Weight: flip("weight"),
	}
	if flip("an answer") {
		d.Status = rapid.SampledFrom([]int{200, 404, 500, 503}).Draw(t, "status")
		if d.Kind = outcome.OK; d.Status == 503 { // 500 is left out of revert.errors
			d.Kind = outcome.Error
		}
	} else {
		d.Kind = rapid.SampledFrom([]outcome.Kind{outcome.Connect, outcome.Timeout, outcome.Reset, outcome.Canceled}).Draw(t, "kind")
		d.Sent = d.Kind != outcome.Connect && flip("sent")
		d.Invalid = d.Kind == outcome.Reset && d.Sent && flip("invalid")
		d.Cut = d.Kind == outcome.Canceled && flip("cut")
	}
	for v := range 2 {
		for e := range 3 {
			d.Up[v][e] = flip("up")
			d.Tried[v][e] = d.Tries > 1 && (v != d.At || e != 0) && rare("tried")
		}
	}
	return d
}

// model says what semantics §1.5 and §5 say: which versions the next attempt may
// go to, in the order of preference, and whether it is the shield's; none: the
// request is over.
func (d *decision) model() (versions []int, shield bool) {
	open := func(v int) bool { // has an endpoint that was not tried
		for e := range 3 {
			if d.Up[v][e] && !d.Tried[v][e] && (v != d.At || e != 0) {
				return true
			}
		}
		return false
	}
	switch {
	case d.Closing, d.Late, d.NoMore, d.Gone, !d.Replayable:
		return nil, false
	case d.Kind == outcome.Canceled && !d.Cut: // the client's doing, or Weir's own want
		return nil, false
	}
	once := !d.Idempotent && (d.Status > 0 || d.Sent) // it may have been done, and must not be twice
	across := !once || d.Keyed
	bad := d.Kind.Failed() || d.Status >= 500
	if across && d.Judged && d.At == 1 && d.Tries == 1 && bad && open(0) && d.ShieldBudget {
		return []int{0}, true
	}
	word := map[outcome.Kind]string{outcome.Connect: "connect", outcome.Timeout: "timeout", outcome.Reset: "reset", outcome.Canceled: "reset"}[d.Kind]
	if d.Status > 0 {
		word = fmt.Sprint(d.Status)
	}
	if d.Invalid {
		word = "invalid_answer"
	}
	if once && !d.NonIdempotent || !slices.Contains(d.On, word) || d.Tries >= d.Most || !d.Budget {
		return nil, false
	}
	if d.At == 1 && d.Weight && open(1) {
		return []int{1}, false
	}
	if open(0) && (across || d.At == 0) {
		return []int{0}, false
	}
	if d.Weight && across && !open(0) && open(1) {
		return []int{1}, false
	}
	return nil, false
}

// TestRetryDecision holds the decision against the model.
func TestRetryDecision(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDecision(rt)
		weight := 0.0
		if d.Weight {
			weight = 1
		}
		up := upstreamOf(t,
			part{name: "v1", weight: 1, addresses: []string{"a:1", "b:1", "c:1"}},
			part{name: "v2", weight: weight, addresses: []string{"d:1", "e:1", "f:1"}, shielded: d.Judged})
		var err error
		if up.Retry.On, err = ParseRetryOn(d.On); err != nil {
			rt.Fatal(err)
		}
		up.Retry.Tries, up.Retry.NonIdempotent = d.Most, d.NonIdempotent
		up.Retry.Budget = outcome.NewBudget(map[bool]float64{true: 1}[d.Budget], 0, 0)
		up.Live.ShieldBudget = outcome.NewBudget(map[bool]float64{true: 1}[d.ShieldBudget], 0, 0)

		s := New(Options{})
		w := &worker{slot: &slot{}}
		for v := range 2 {
			for e := range 3 {
				live := up.Versions[v].Endpoints[e].Live
				if !d.Up[v][e] {
					live.SetAdmin(balancer.Down)
				}
				if d.Tried[v][e] {
					w.ask.Tried.Add(live)
				}
			}
			up.Split.Shares()[v].Group.Rebuild()
		}
		routes := []Route{{Match: Match{Path: "/"}, Upstream: up}}
		if d.Gone {
			routes[0].Host = "elsewhere"
		}
		snap, err := NewSnapshot(1, routes)
		if err != nil {
			rt.Fatal(err)
		}
		s.Publish(snap)
		if d.Closing {
			s.hardStop()
		}
		to := target{up: up, version: d.At}
		w.attempts = d.Tries
		w.attempt.begin(w, &to, d.Tries == 1)
		w.attempt.bound(never, never)
		if d.Late {
			w.attempt.bound(1, never)
		}
		if d.NoMore {
			w.attempt.moreBy = 1
		}
		r := result{kind: d.Kind, status: d.Status}
		if d.Status == 0 {
			r.fail = &AttemptError{Kind: d.Kind, Sent: d.Sent, Cut: d.Cut}
			if d.Invalid {
				r.fail.Op = "parse head"
			}
		}
		before := to
		again := s.again(&heard{idempotent: d.Idempotent, replayable: d.Replayable, keyed: d.Keyed}, w, &to, r)
		versions, shield := d.model()
		switch {
		case again != (versions != nil):
			rt.Fatalf("%+v\nretried: %v, want %v", d, again, versions != nil)
		case !again && to != before:
			rt.Fatalf("%+v\nno retry, and still the target has changed to %+v", d, to)
		case !again:
			return
		}
		if to.version != versions[0] || (to.shield != nil) != shield {
			rt.Fatalf("%+v\nretried at version %d, shield %v, want %d, %v", d, to.version, to.shield != nil, versions[0], shield)
		}
		if e := to.endpoint; !d.Up[to.version][e] || d.Tried[to.version][e] || (to.version == d.At && e == 0) {
			rt.Fatalf("%+v\nretried at endpoint %d of version %d, which is down or was tried", d, e, to.version)
		}
		budget := map[bool]*outcome.Budget{true: up.Live.ShieldBudget, false: up.Retry.Budget}[shield]
		if budget.Take(0, time.Now()) {
			rt.Fatalf("%+v\nthe retry was not taken from its budget", d)
		}
	})
}
