package balancer

// A pinned request asks for one version (Ask.Pinned): a test of what users do not get
// yet. Another version's answer would be worse than none, so it never goes elsewhere;
// and it is sent to no endpoint that is ejected.

// pinned returns the version if it has a usable endpoint, else -1.
func (s *Split) pinned(name string) int {
	v := s.named(name)
	if v < 0 || !s.shares[v].Group.HasUsable() {
		return -1
	}
	return v
}

// retryPinned is Retry for a pinned request.
func (s *Split) retryPinned(ask *Ask) (version, endpoint int) {
	v := s.named(ask.Pinned)
	if v < 0 {
		return -1, -1
	}
	e := s.shares[v].Group.pickAgain(ask, false)
	if e == -1 {
		return -1, -1
	}
	return v, e
}

// named returns the version of that name, -1 when this generation has none.
func (s *Split) named(name string) int {
	for i := range s.shares {
		if s.shares[i].Version == name {
			return i
		}
	}
	return -1
}
