package verdict

import "math"

// Restart is Ratio for a candidate that may get worse late. A single process goes
// far below 1 while all is well and has to climb back first: after ten healthy
// minutes a fivefold failure rate takes it twice as long to see. So a fresh
// process begins again and again, the j-th with the weight 1/(j(j+1)), and the sum
// of weighted e-values decides. The weights add up to 1, and a process that has
// not begun counts as 1, so the sum is an e-process like its parts: alpha is for
// all of them together, and for ever.
//
// All processes see the same ticks from their beginning on. So the sum over them
// is kept for each alternative, and none is ever dropped: a tick multiplies the
// sum, a beginning adds its weight to it.
//
// The zero value tolerates nothing beyond equality, like NewRestart(1).
type Restart struct {
	// Tolerate is the ratio that the null hypothesis allows, 1 or more.
	Tolerate float64 `json:"tolerate"`
	// L is the logarithm of each alternative's sum over the processes begun.
	L [Alternatives]float64 `json:"l"`
	// Begun is how many processes have begun. 0 is for one of the whole weight:
	// what a Ratio has become by the time it is read as a Restart.
	Begun uint64 `json:"begun,omitempty"`
}

// NewRestart returns a test without evidence, its first process begun. A tolerate
// below 1, or none at all, counts as 1.
func NewRestart(tolerate float64) Restart {
	r := Restart{Tolerate: tolerate}
	r.settle()
	return r
}

// settle gives a single process of the whole weight the first one's.
func (r *Restart) settle() {
	if r.Begun > 0 {
		return
	}
	r.Begun = 1
	for k := range r.L {
		r.L[k] -= math.Ln2
	}
}

// Tick adds a closed tick: see Ratio.Tick.
func (r *Restart) Tick(requests, stableRequests, failures, stableFailures float64) {
	r.tick(requests, stableRequests, failures, stableFailures, math.Inf(1))
}

func (r *Restart) tick(requests, stableRequests, failures, stableFailures, most float64) {
	r.settle()
	ratioTick(&r.L, r.Tolerate, requests, stableRequests, failures, stableFailures, most)
}

// Begin begins another process. When is the caller's choice, a minute is a good
// distance, as long as it does not depend on what has not been added yet.
func (r *Restart) Begin() {
	r.settle()
	if r.Begun >= 1<<53 { // longer than any clock: their weight is 0
		return
	}
	r.Begun++
	j := float64(r.Begun)
	weight := -math.Log(j) - math.Log1p(j)
	for k := range r.L {
		r.L[k] = logSum(r.L[k], weight)
	}
}

// LogE is the natural logarithm of the e-value; 0 without evidence.
func (r *Restart) LogE() float64 {
	if r.Begun == 0 {
		return logMean(&r.L)
	}
	return logSum(logMean(&r.L), -math.Log1p(float64(r.Begun))) // the weights of those to come
}
