// Package series keeps what an upstream did, second by second, for the last quarter
// of an hour: what a chart is drawn from. It knows columns of numbers and their
// bounds, and nothing of where they come from.
package series

import (
	"math"
	"sync"
	"time"
)

// Point is one second of an upstream.
type Point struct {
	At       time.Time // its end
	Users    Numbers
	Versions []Version // in the order of the file
}

// Numbers are what happened in the second. Quantiles are 0 where nothing was
// answered. P90 is not kept for users.
type Numbers struct {
	Requests, Errors uint64
	P50, P90, P99    time.Duration
}

// Version is a version's part of a Point.
type Version struct {
	Name  string
	Share float64 // of new requests, 0 to 1
	Numbers
	// Evidence is the decimal logarithm of the e-value that the version is worse than
	// stable, and Threshold what it has to reach; NaN where nobody judges it.
	Evidence, Threshold float64
}

// empty reports whether there is nothing to be seen in the second.
func (p *Point) empty() bool {
	if p.Users.Requests > 0 {
		return false
	}
	for i := range p.Versions {
		if v := &p.Versions[i]; v.Requests > 0 || !math.IsNaN(v.Evidence) {
			return false
		}
	}
	return true
}

// Series is the points of one upstream. The zero value has none. One goroutine
// pushes, any may read.
type Series struct {
	mu struct {
		sync.Mutex
		// A ring: the newest of n points is before next, in every column.
		at       []int64 // Unix milliseconds
		next, n  int
		users    [userColumns]column
		versions []version
		quiet    int // how many of the newest points are empty
	}
}

// column has a place for every point. Whole numbers are exact up to 2^24, more than a
// second brings.
type column []float32

type version struct {
	name      string
	threshold float64
	columns   [versionColumns]column
}

// The columns, which are those of the views.
const (
	requests, errors, p50, p99 = 0, 1, 2, 3
	userColumns                = 4

	p90, share, evidence = 4, 5, 6
	versionColumns       = 7
)

const (
	// Longest is how many points a series has at most: a quarter of an hour.
	Longest = 900
	// first is how many points there is room for at first.
	first = 16
)

// Push adds a point and keeps the newest keep ones. It returns how many bytes each of
// them takes: 0 where none is kept, as nothing has happened in any of them. Versions
// that the point does not have are forgotten, one that is new was not there before.
func (s *Series) Push(p *Point, keep int) (bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.mu
	if p.empty() {
		m.quiet++
	} else {
		m.quiet = 0
	}
	if keep <= 0 || m.quiet > m.n { // all that is kept is empty
		m.at, m.users, m.versions, m.next, m.n = nil, [userColumns]column{}, nil, 0, 0
		return 0
	}
	s.take(p.Versions)
	if size := len(m.at); size > keep {
		s.resize(keep)
	} else if m.n == size && size < keep {
		s.resize(min(keep, max(first, 2*size)))
	}
	s.put(p)
	return 8 + 4*(userColumns+versionColumns*len(m.versions))
}

func (s *Series) put(p *Point) {
	m := &s.mu
	m.at[m.next] = p.At.UnixMilli()
	u := &p.Users
	for c, n := range [userColumns]float32{requests: float32(u.Requests), errors: float32(u.Errors), p50: ms(u.P50), p99: ms(u.P99)} {
		m.users[c][m.next] = n
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		m.versions[i].threshold = v.Threshold
		for c, n := range [versionColumns]float32{
			requests: float32(v.Requests), errors: float32(v.Errors), p50: ms(v.P50), p90: ms(v.P90), p99: ms(v.P99),
			share: float32(v.Share), evidence: float32(v.Evidence),
		} {
			m.versions[i].columns[c][m.next] = n
		}
	}
	m.next = (m.next + 1) % len(m.at)
	m.n = min(m.n+1, len(m.at))
}

// take makes the versions those of a point.
func (s *Series) take(versions []Version) {
	m := &s.mu
	same := len(versions) == len(m.versions)
	for i := 0; same && i < len(versions); i++ {
		same = versions[i].Name == m.versions[i].name
	}
	if same {
		return
	}
	taken := make([]version, len(versions))
	for i := range versions {
		taken[i] = version{name: versions[i].Name}
		for _, v := range m.versions {
			if v.name == taken[i].name {
				taken[i] = v
			}
		}
		for c := range taken[i].columns {
			if taken[i].columns[c] == nil {
				taken[i].columns[c] = nothing(len(m.at))
			}
		}
	}
	m.versions = taken
}

// resize makes room for size points; the newest stay.
func (s *Series) resize(size int) {
	m := &s.mu
	keep := min(m.n, size)
	from := m.next - keep
	if from < 0 {
		from += len(m.at)
	}
	at := make([]int64, size)
	for i := range keep {
		at[i] = m.at[(from+i)%len(m.at)]
	}
	move := func(c *column) {
		moved := nothing(size)
		for i := range keep {
			moved[i] = (*c)[(from+i)%len(*c)]
		}
		*c = moved
	}
	for c := range m.users {
		move(&m.users[c])
	}
	for i := range m.versions {
		for c := range m.versions[i].columns {
			move(&m.versions[i].columns[c])
		}
	}
	m.at, m.n, m.next = at, keep, keep%size
}

// nothing is a column in which nothing is known.
func nothing(size int) column {
	c := make(column, size)
	for i := range c {
		c[i] = float32(math.NaN())
	}
	return c
}

// ms is a latency in milliseconds; NaN: there was none.
func ms(d time.Duration) float32 {
	if d <= 0 {
		return float32(math.NaN())
	}
	return float32(float64(d) / float64(time.Millisecond))
}
