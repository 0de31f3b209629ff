package health

import "weir/balancer"

// riseFall is what active checks have found about one endpoint so far.
type riseFall struct {
	state  balancer.CheckState
	passes int // in a row
	fails  int // in a row
	// first is set for endpoints known when the process starts: one pass is enough
	// for them until they have been up or down once, because they were probably
	// serving a moment ago.
	first bool
}

// step is the state after one more check. rise passes in a row bring an endpoint
// up, fall failures in a row take it down; from checking as well as from up or down.
func (s riseFall) step(passed bool, o CheckOptions) riseFall {
	if passed {
		s.passes, s.fails = min(s.passes+1, o.Rise), 0
		if s.passes == o.Rise || s.first && s.state == balancer.CheckPending {
			s.state = balancer.CheckUp
		}
	} else {
		s.passes, s.fails = 0, min(s.fails+1, o.Fall)
		if s.fails == o.Fall {
			s.state = balancer.CheckDown
		}
	}
	s.first = s.first && s.state == balancer.CheckPending
	return s
}
