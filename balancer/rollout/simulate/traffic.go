package simulate

import (
	"math"
	"time"
)

// rates are those of the time between two looks.
type rates struct {
	stable    float64
	candidate []float64 // by endpoint
	most      float64   // the highest of them
}

func (w *World) rate() *rates {
	t, r := w.Elapsed().Seconds(), &w.rates
	r.stable = w.Stable(t)
	r.candidate, r.most = r.candidate[:0], r.stable
	for i := range w.endpoints {
		rate := w.Candidate(t, i)
		r.candidate = append(r.candidate, rate)
		r.most = max(r.most, rate)
	}
	return r
}

// afterwards is for how long a failure is followed by looks that are close together.
const afterwards = 300 * time.Millisecond

// calm says whether the next look may be a long time away.
func (w *World) calm() bool {
	return w.Calm > w.Look && w.Now.Sub(w.troubled) > afterwards && len(w.hanging) == 0 && w.Observed.CandidateUsable > 0
}

// pass is the time between two looks, at most so long, or until something fails
// when that would be too late. What succeeds is counted in bulk: from one request that may fail to
// the next is one draw.
func (w *World) pass(most time.Duration) {
	w.measure()
	r, look, calm := w.rate(), w.Look, w.calm()
	if calm {
		look = w.Calm
	}
	look = min(look, most)
	failing := r.most + w.Clients.failing()
	w.due += w.RPS * look.Seconds()
	n := int(w.due)
	w.due -= float64(n)
	from := w.Now
	for i := 0; i < n && !w.Over(); {
		gap := w.gap(failing, n-i)
		w.succeed(gap)
		if i += gap; i >= n {
			break
		}
		i++
		w.Now = from.Add(time.Duration(float64(look) * float64(i) / float64(n)))
		if w.request(r); calm && w.troubled.Equal(w.Now) {
			return // the others have not arrived yet
		}
	}
	if !w.Over() {
		w.Now = from.Add(look)
		w.mirror(n, r)
		w.give()
		w.step()
	}
}

// gap is how many requests, at most n, come before the next that may fail.
func (w *World) gap(rate float64, n int) int {
	if rate <= 0 {
		return n
	}
	g := math.Log(1-w.rng.Float64()) / math.Log1p(-min(rate, 1-1e-12))
	return int(min(g, float64(n)))
}

// share takes n requests and returns how many of them are the candidate's.
func (w *World) share(n int) int {
	before := math.Floor(w.sent)
	w.sent += float64(n) * w.State.Percent / 100
	if w.Observed.CandidateUsable == 0 {
		return 0
	}
	return int(math.Floor(w.sent) - before)
}

// succeed serves n requests well.
func (w *World) succeed(n int) {
	if n == 0 {
		return
	}
	var c int
	if w.Clients != nil {
		c = w.shareOfSuccesses(n)
	} else {
		c = w.share(n)
	}
	o := &w.Observed
	o.Users += uint64(n)
	o.Candidate.Requests += uint64(c)
	o.Stable.Requests += uint64(n - c)
	w.answerStable(n - c)
	turns := min(c, 2*len(w.endpoints))
	for i := range turns {
		e, its := w.pick(), (c+turns-1-i)/turns // c of them in all
		w.endpoints[e].inARow = 0
		o.Endpoints[e].Requests += uint64(its)
		w.answerCandidate(its, e)
	}
}

// request fails with its version's part of the highest rate.
func (w *World) request(r *rates) {
	w.Observed.Users++
	var at attempt
	var candidate bool
	if w.Clients != nil {
		at.client, at.own = w.client(r.most)
		candidate = w.keyed.candidate(w, at.client)
	} else {
		candidate = w.share(1) == 1
	}
	u := w.rng.Float64() * r.most
	at.stable = at.own || u < r.stable
	if !candidate {
		if !at.stable {
			w.Observed.Stable.Requests++
			return
		}
		w.troubled = w.Now
		w.failStable(at)
		w.wake()
		return
	}
	at.endpoint = w.pick()
	if !at.own && u >= r.candidate[at.endpoint] {
		w.Observed.Candidate.Requests++
		w.Observed.Endpoints[at.endpoint].Requests++
		w.endpoints[at.endpoint].inARow = 0
		return
	}
	w.troubled = w.Now
	at.stable = at.own || w.rng.Float64() < r.stable
	if w.Hang > 0 && !at.own {
		w.hanging = append(w.hanging, hanging{at, w.Now.Add(w.Hang)})
		return
	}
	w.failCandidate(at)
	w.wake()
}
