package balancer

// Retry returns the version and endpoint for a further attempt of a request, whose
// earlier ones went to the endpoints in ask.Tried. It keeps the version unless that has
// weight 0, is tripped or has no untried usable endpoint; then it goes to stable, then
// to any other version with weight (semantics §1.5). Where nobody has one left,
// ejection is ignored, but not where a version never fails open: a request that has
// found the usable ones failing is better off with an endpoint that failed a while ago
// than with an error. Both are -1 if no untried endpoint is left. Where the untried
// ones of a version are Full the endpoint is that: a bound moves no request to another
// version. A request that is pinned stays in its version, whatever was given, and a
// write where writes go.
func (s *Split) Retry(version int, ask *Ask) (v, endpoint int) {
	if ask.isPinned() {
		return s.retryPinned(ask)
	}
	if s.isWrite(ask) {
		return s.retryWrite(ask)
	}
	if v, e := s.retry(version, ask, false); e != -1 {
		return v, e
	}
	return s.retry(version, ask, true)
}

func (s *Split) retry(version int, ask *Ask, failOpen bool) (v, endpoint int) {
	if s.shares[version].Weight > 0 || version == s.stable {
		if e := s.pickUntried(version, ask, failOpen); e != -1 {
			return version, e
		}
	}
	if e := s.pickUntried(s.stable, ask, failOpen); e != -1 {
		return s.stable, e
	}
	for _, r := range s.ranges {
		if e := s.pickUntried(r.version, ask, failOpen); e != -1 {
			return r.version, e
		}
	}
	return -1, -1
}

func (s *Split) pickUntried(version int, ask *Ask, failOpen bool) int {
	sh := &s.shares[version]
	if sh.Trip.IsSet() || (failOpen && !sh.failsOpen()) {
		return -1
	}
	return sh.Group.pickAgain(ask, failOpen)
}
