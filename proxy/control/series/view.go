package series

import (
	"math"
	"slices"
)

// View is the points of a series, oldest first, in columns of one length. NaN is for
// what is not known. The caller owns it.
type View struct {
	At               []int64 // Unix milliseconds
	Requests, Errors []float32
	P50, P99         []float32 // milliseconds
	Versions         []VersionView
}

// VersionView is a version's columns.
type VersionView struct {
	Name                    string
	Share, Requests, Errors []float32
	P50, P90, P99           []float32 // milliseconds
	Evidence                []float32
	Threshold               float64 // NaN: nobody judges the version now
}

// Judged reports whether the version was judged at any of the points, or is now.
func (v *VersionView) Judged() bool {
	known := func(n float32) bool { return !math.IsNaN(float64(n)) }
	return !math.IsNaN(v.Threshold) || slices.ContainsFunc(v.Evidence, known)
}

// Since returns the points after a time, in Unix milliseconds.
func (s *Series) Since(after int64) View {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.mu
	n := 0
	for n < m.n && m.at[s.index(n)] > after {
		n++
	}
	out := View{
		At: make([]int64, n), Requests: s.newest(m.users[requests], n), Errors: s.newest(m.users[errors], n),
		P50: s.newest(m.users[p50], n), P99: s.newest(m.users[p99], n), Versions: make([]VersionView, len(m.versions)),
	}
	for i := range n {
		out.At[n-1-i] = m.at[s.index(i)]
	}
	for i := range m.versions {
		v := &m.versions[i]
		out.Versions[i] = VersionView{
			Name: v.name, Threshold: v.threshold,
			Share: s.newest(v.columns[share], n), Requests: s.newest(v.columns[requests], n), Errors: s.newest(v.columns[errors], n),
			P50: s.newest(v.columns[p50], n), P90: s.newest(v.columns[p90], n), P99: s.newest(v.columns[p99], n),
			Evidence: s.newest(v.columns[evidence], n),
		}
	}
	return out
}

// index is where the point is before which are back newer ones.
func (s *Series) index(back int) int {
	return (s.mu.next - 1 - back + len(s.mu.at)) % len(s.mu.at)
}

// newest is a column's end, oldest first.
func (s *Series) newest(c column, n int) []float32 {
	out := make([]float32, n)
	for i := range n {
		out[n-1-i] = c[s.index(i)]
	}
	return out
}
