package balancer

import "fmt"

// Writes may be pinned to one version while weights move reads (Writing): two versions
// that write to one store at a time have to agree on what is in it. They never go to
// another version because theirs has no usable endpoint: an answer of a version that
// must not write is worse than none. Only a trip moves them, to stable, as it moves
// everything.

// Writing returns the split with all writes going to one version, by its index.
func (s *Split) Writing(version int) (*Split, error) {
	if version < 0 || version >= len(s.shares) {
		return nil, fmt.Errorf("writes: index %d, want 0 to %d", version, len(s.shares)-1)
	}
	next := *s
	next.writes = version
	return &next, nil
}

// PinsWrites reports whether writes go to one version, whatever the shares are.
func (s *Split) PinsWrites() bool { return s.writes >= 0 }

// written says where the request goes if it is a write, or of somebody who wrote a
// moment ago; pinned is false for any other.
func (s *Split) written(ask *Ask) (version int, pinned bool) {
	if s.writes < 0 || ask == nil || !ask.Write && !ask.Wrote {
		return 0, false
	}
	v := s.writer()
	if ask.Wrote && !ask.Write {
		return v, s.usable(v) // what was written may be old elsewhere, but it is an answer
	}
	if s.usable(v) || s.open(v) {
		return v, true
	}
	return -1, true
}

// writer is the version that writes go to.
func (s *Split) writer() int {
	if s.shares[s.writes].Trip.IsSet() {
		return s.stable
	}
	return s.writes
}

// isWrite reports that no other version may have the request.
func (s *Split) isWrite(ask *Ask) bool { return s.writes >= 0 && ask != nil && ask.Write }

// retryWrite is Retry for a write.
func (s *Split) retryWrite(ask *Ask) (version, endpoint int) {
	v := s.writer()
	e := s.pickUntried(v, ask, false)
	if e == -1 {
		e = s.pickUntried(v, ask, true)
	}
	if e == -1 {
		return -1, -1
	}
	return v, e
}
