package verdict

import "math"

// Alternatives is the size of the grid.
const Alternatives = 8

// grid are the alternatives, as multiples of the rate or ratio that the null
// hypothesis still allows. Each has the same prior weight. It is fixed because
// evidence is persisted by position.
var grid = [Alternatives]float64{1.25, 1.5, 2, 3, 5, 10, 30, 100}

var logGrid = func() (l [Alternatives]float64) {
	for k, m := range grid {
		l[k] = math.Log(m)
	}
	return l
}()

// logMean is ln(mean(exp(l))), computed without overflow.
func logMean(l *[Alternatives]float64) float64 {
	most := l[0]
	for _, v := range l[1:] {
		most = max(most, v)
	}
	sum := 0.0
	for _, v := range l {
		sum += math.Exp(v - most)
	}
	return most + math.Log(sum/Alternatives)
}

// logSum is ln(exp(a) + exp(b)), computed without overflow.
func logSum(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// tick makes what was counted usable: failures cannot outnumber requests, but
// two counters read one after the other can say so, and then the requests are
// the ones that were read too early. A count that is no count is 0.
func tick(n, x float64) (requests, failures float64) {
	n, x = count(n), count(x)
	return max(n, x), x
}

// count limits v to what cannot overflow a sum of products.
func count(v float64) float64 {
	if !(v > 0) { // also NaN
		return 0
	}
	return min(v, math.MaxUint64)
}
