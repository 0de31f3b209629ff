package balancer

import (
	"errors"
	"fmt"
	"math"
)

// Share is one version's part of a split.
type Share struct {
	Version   string
	Weight    float64 // finite, 0 or more; 0: warm, no traffic
	Group     *Group
	Trip      *Trip // nil: cannot be tripped
	Candidate bool  // judged against stable: may be ejected wholly, never fails open
	Strict    bool  // never fails open either, without being judged
	// MaxConns is how many attempts in flight the version may have and still take over
	// what is another one's; its own share it always gets. 0: no bound. Its group Counts.
	MaxConns int
}

// failsOpen reports whether the version's ejected endpoints are better than none.
func (s *Share) failsOpen() bool { return !s.Candidate && !s.Strict }

// Split chooses the version of a request by weight. It is immutable except for
// what it points to (endpoint words, trips, the sequence). Semantics §1, §2.
type Split struct {
	shares []Share
	stable int
	ranges []span // versions with weight > 0, by position
	seq    *Sequence
	keyed  *keyed // nil: keys do not matter
	writes int    // the version that writes go to; -1: they go by the shares, too
}

// span is the part of the positions [0, 2^64) that belongs to one version.
type span struct {
	first, last uint64 // both inclusive
	version     int
}

// NewSplit returns the split of the shares; stable is the index of the stable
// version and seq the position that outlives generations. It is an error if
// stable is out of range, a weight is negative or not finite, or all are zero.
func NewSplit(shares []Share, stable int, seq *Sequence) (*Split, error) {
	if stable < 0 || stable >= len(shares) {
		return nil, fmt.Errorf("stable: index %d, want 0 to %d", stable, len(shares)-1)
	}
	total := 0.0
	for _, s := range shares {
		if !(s.Weight >= 0) || math.IsInf(s.Weight, 0) {
			return nil, fmt.Errorf("weight of %s: %v, want a number of 0 or more", s.Version, s.Weight)
		}
		total += s.Weight
	}
	if total == 0 {
		return nil, errors.New("all weights are 0, want one above 0")
	}
	if math.IsInf(total, 0) {
		return nil, errors.New("the sum of the weights is not finite")
	}
	return &Split{shares: shares, stable: stable, ranges: spans(shares, total), seq: seq, writes: -1}, nil
}

// spans lays the versions with weight on the positions in their order. A share
// too small to own a position is left out.
func spans(shares []Share, total float64) []span {
	var out []span
	first, sum := uint64(0), 0.0
	for i, s := range shares {
		if s.Weight == 0 {
			continue
		}
		sum += s.Weight
		last := position(sum / total)
		if last < first || (len(out) > 0 && last == out[len(out)-1].last) {
			continue
		}
		out = append(out, span{first: first, last: last, version: i})
		first = last + 1
	}
	out[len(out)-1].last = math.MaxUint64 // whatever rounding left over
	return out
}

// position returns the last position below the fraction, which is in (0, 1].
func position(fraction float64) uint64 {
	p := fraction * (1 << 64)
	if p >= 1<<64 {
		return math.MaxUint64
	}
	if p < 1 {
		return 0
	}
	return uint64(p) - 1
}

// Stable returns the index of the stable version.
func (s *Split) Stable() int { return s.stable }

// Shares returns the split's shares; the caller must not change them.
func (s *Split) Shares() []Share { return s.shares }

// Choose returns the index of the version for the next request, or -1 if no
// version can take it, or Full if those that could have no room for what is not
// theirs (the answer is then 503). It consumes one position, so a
// retry must not call it. A request with a key has a position of its own where the
// split is Keyed; one that is pinned gets its version or none, and needs none, as do
// writes where the split PinsWrites.
//
// A version that is tripped or has no usable endpoint loses its share to
// stable; without a usable stable the other versions with weight share it, within
// their MaxConns.
// When nothing is usable, ejection is ignored, except for a candidate's and where the
// share is Strict.
func (s *Split) Choose(ask *Ask) int {
	if ask.isPinned() {
		return s.pinned(ask.Pinned)
	}
	if v, pinned := s.written(ask); pinned {
		return v
	}
	var own span
	var pos uint64
	if s.keyed != nil && ask.isSticky() {
		own, pos = s.keyed.place(ask.Sticky)
	} else {
		own, pos = s.place()
	}
	if s.usable(own.version) {
		return own.version
	}
	if s.usable(s.stable) {
		return s.stable
	}
	if v := s.takeover(own, pos); v != -1 {
		return v
	}
	return s.failOpen(own.version)
}

// place takes the next position.
func (s *Split) place() (own span, pos uint64) {
	pos = s.seq.next()
	own = s.ranges[0]
	for i := 1; pos > own.last; i++ {
		own = s.ranges[i]
	}
	return own, pos
}

func (s *Split) usable(version int) bool {
	sh := &s.shares[version]
	return !sh.Trip.IsSet() && sh.Group.HasUsable()
}

// takeover spreads a range without usable endpoints over the other versions
// with weight that have some and have room, by their weights. Full: none has room.
// Requests that look at the same moment may be a few more than that.
func (s *Split) takeover(own span, pos uint64) int {
	total, full := 0.0, -1
	for _, r := range s.ranges {
		switch {
		case !s.usable(r.version):
		case !s.shares[r.version].hasRoom():
			full = Full
		default:
			total += s.shares[r.version].Weight
		}
	}
	if total == 0 {
		return full
	}
	at := total * (float64(pos-own.first) / (float64(own.last-own.first) + 1))
	chosen := -1
	for _, r := range s.ranges {
		if !s.usable(r.version) || !s.shares[r.version].hasRoom() {
			continue
		}
		chosen = r.version
		if at -= s.shares[r.version].Weight; at < 0 {
			break
		}
	}
	if chosen < 0 { // the room went between the two looks
		return Full
	}
	return chosen
}

func (s *Share) hasRoom() bool {
	return s.MaxConns == 0 || s.Group.Load().Inflight() < int64(s.MaxConns)
}

// failOpen returns the version to try although all its endpoints are ejected:
// the one whose turn it is, else stable, else any with weight.
func (s *Split) failOpen(own int) int {
	if s.open(own) {
		return own
	}
	if s.open(s.stable) {
		return s.stable
	}
	for _, r := range s.ranges {
		if s.open(r.version) {
			return r.version
		}
	}
	return -1
}

func (s *Split) open(version int) bool {
	sh := &s.shares[version]
	return sh.failsOpen() && !sh.Trip.IsSet() && sh.Group.HasOpen()
}

// Pick returns the index of the next endpoint in a version, passing over those in
// ask.Tried, or -1 if none is left, or Full. Ejection is ignored only when nothing in
// the split is usable that may have the request, and never for a version that does not
// fail open. It is for
// first attempts: see Retry.
func (s *Split) Pick(version int, ask *Ask) int {
	sh := &s.shares[version]
	ask = ask.orAny()
	if i := sh.Group.bound(ask, false); i >= 0 {
		return i
	}
	turn := sh.Group.turn(ask) // one, however often the group is looked at
	if i := sh.Group.pick(ask, false, turn); i != -1 {
		return i
	}
	if !sh.failsOpen() || ask.isPinned() || !s.isWrite(ask) && s.anyUsable() {
		return -1
	}
	if i := sh.Group.bound(ask, true); i >= 0 {
		return i
	}
	return sh.Group.pick(ask, true, turn)
}

// Enter picks an endpoint for a first attempt and begins the attempt there; -1 or
// Full when there is none.
func (s *Split) Enter(version int, ask *Ask) int {
	for {
		i := s.Pick(version, ask)
		if i < 0 || s.Take(version, i) {
			return i
		}
	}
}

// Take begins an attempt at an endpoint that was picked, unless it is full by now.
func (s *Split) Take(version, endpoint int) bool {
	return s.shares[version].Group.Take(endpoint)
}

// Bounded reports whether any endpoint bounds its attempts in flight: then every
// attempt must be begun by Enter or Take.
func (s *Split) Bounded() bool {
	for i := range s.shares {
		if s.shares[i].Group.Bounded() {
			return true
		}
	}
	return false
}

func (s *Split) anyUsable() bool {
	for _, r := range s.ranges {
		if s.usable(r.version) {
			return true
		}
	}
	return s.usable(s.stable)
}
