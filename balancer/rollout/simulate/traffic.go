package simulate

import (
	"math"
	"time"
)

// pass is the time between two looks. What succeeds is counted in bulk: from one
// request that may fail to the next is one draw.
func (w *World) pass() {
	t := w.Elapsed().Seconds()
	ps, pc, most := w.Stable(t), make([]float64, len(w.endpoints)), w.Stable(t)
	for i := range pc {
		pc[i] = w.Candidate(t, i)
		most = max(most, pc[i])
	}
	w.due += w.RPS * w.Look.Seconds()
	n := int(w.due)
	w.due -= float64(n)
	from := w.Now
	for i := 0; i < n && !w.Over(); {
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
		w.Now = from.Add(time.Duration(float64(w.Look) * float64(i) / float64(n)))
		w.request(ps, pc, most)
	}
	if !w.Over() {
		w.Now = from.Add(w.Look)
		w.step()
	}
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
	c := w.share(n)
	w.Observed.Users += uint64(n)
	w.Observed.Candidate.Requests += uint64(c)
	w.Observed.Stable.Requests += uint64(n - c)
	turns := min(c, 2*len(w.endpoints))
	for i := range turns {
		e := w.pick()
		w.endpoints[e].inARow = 0
		w.Observed.Endpoints[e].Requests += uint64((c + turns - 1 - i) / turns) // c of them in all
	}
}

// request fails with its version's part of the highest rate.
func (w *World) request(ps float64, pc []float64, most float64) {
	w.Observed.Users++
	u := w.rng.Float64() * most
	if w.share(1) == 0 {
		w.Observed.Stable.Requests++
		if u < ps {
			w.Observed.Stable.Failures++
			w.Observed.UserErrors++
			w.Observed.FailedAttempts++
			w.step()
		}
		return
	}
	i := w.pick()
	w.Observed.Candidate.Requests++
	w.Observed.Endpoints[i].Requests++
	if u >= pc[i] {
		w.endpoints[i].inARow = 0
		return
	}
	if w.Failures == 0 {
		w.FirstFailure = w.Elapsed()
	}
	w.Failures++
	w.Observed.FailedAttempts++
	w.Observed.Candidate.Failures++
	w.Observed.Endpoints[i].Failures++
	w.fail(i)
	w.shield(ps)
	w.step()
}

// shield retries on stable what failed on the candidate.
func (w *World) shield(ps float64) {
	if w.Unsafe {
		w.Observed.UserErrors++
		return
	}
	w.Observed.Retries++
	if w.rng.Float64() >= ps {
		w.Observed.RetriesOK++
		return
	}
	w.Observed.UserErrors++
	w.Observed.FailedAttempts++
}
