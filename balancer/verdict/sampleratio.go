package verdict

import "math"

// concentration is how strongly SampleRatio expects a share that is nearly right:
// as if it had seen so many requests already. It is that of the literature.
const concentration = 100

// SampleRatio tests "each request went to the candidate with the probability
// Share, whatever happened to others": a two-sided Beta mixture (Lindon & Malek,
// arXiv 2011.03567). A comparison of versions is worth nothing if who goes where
// is not what the split says. The zero value is ready.
type SampleRatio struct {
	// Share is the candidate's part of the requests, 0 to 1, since the latest
	// change; Candidate and Stable are the requests since then.
	Share     float64 `json:"share"`
	Candidate float64 `json:"candidate"`
	Stable    float64 `json:"stable"`
	// Before is the logarithm of what was found at shares before: processes that
	// follow one another multiply.
	Before float64 `json:"before"`
}

// Tick adds requests of the candidate and of stable at a share. Counts that were
// read a moment too late and are taken back are negative. A share of 0 or 1, or
// none at all, says nothing.
func (s *SampleRatio) Tick(share, candidate, stable float64) {
	if share != s.Share {
		s.Before = s.LogE()
		s.Share, s.Candidate, s.Stable = 0, 0, 0
		if share > 0 && share < 1 {
			s.Share = share
		}
	}
	if s.Share == 0 {
		return
	}
	s.Candidate = count(s.Candidate + candidate)
	s.Stable = count(s.Stable + stable)
}

// LogE is the natural logarithm of the e-value; 0 without evidence.
func (s *SampleRatio) LogE() float64 {
	if !(s.Share > 0 && s.Share < 1) {
		return s.Before
	}
	a, b := concentration*s.Share, concentration*(1-s.Share)
	x, y := count(s.Candidate), count(s.Stable)
	return s.Before + logMixture(a, b, x, y) - logPoint(s.Share, x, y)
}

// logMixture is the log likelihood of x and y under a chance of x drawn from
// Beta(a, b), logPoint under the chance p.
func logMixture(a, b, x, y float64) float64 { return logBeta(a+x, b+y) - logBeta(a, b) }

func logPoint(p, x, y float64) float64 { return x*math.Log(p) + y*math.Log1p(-p) }

func logBeta(a, b float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return la + lb - lab
}
