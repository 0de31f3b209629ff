package balancer

// inOrder is First: the endpoints in their order, each filled before the next one
// gets anything, so that those at the end can be switched off when little goes on. It
// looks at as many as are full.
type inOrder []int32

func (o inOrder) pick(f *fit, _ uint64) int32 {
	for _, i := range o {
		if f.ok(i) {
			return i
		}
	}
	return -1
}
