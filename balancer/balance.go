package balancer

// Algorithm is how the endpoints of a version take turns. The zero value is
// RoundRobin.
type Algorithm int

// The algorithms.
const (
	RoundRobin Algorithm = iota // NGINX's smooth weighted round robin
)

// Balance is an algorithm with what it may be told. The zero value is round robin.
type Balance struct {
	Algorithm Algorithm
}

// picker returns the algorithm over some of the endpoints, at least one.
func (b Balance) picker(endpoints []Endpoint, members []int32) picker {
	s := newSchedule(members, func(m int32) int { return endpoints[m].Weight })
	return &s
}
