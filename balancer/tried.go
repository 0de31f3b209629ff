package balancer

// MaxTries is the largest number of attempts that one request may make.
const MaxTries = 10

// Tried is the set of endpoints that a request has already been sent to. The
// zero value is empty. It belongs to one request and is not safe for
// concurrent use.
type Tried struct {
	lives [MaxTries]*Live
	n     int
}

// Add puts an endpoint into the set. Beyond MaxTries it is forgotten, which
// only means that it could be picked again.
func (t *Tried) Add(l *Live) {
	if t.n < len(t.lives) {
		t.lives[t.n] = l
		t.n++
	}
}

// Has reports whether the endpoint is in the set. A nil set is empty.
func (t *Tried) Has(l *Live) bool {
	if t == nil {
		return false
	}
	for _, have := range t.lives[:t.n] {
		if have == l {
			return true
		}
	}
	return false
}

// Reset empties the set.
func (t *Tried) Reset() { *t = Tried{} }
