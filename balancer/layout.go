package balancer

import (
	"maps"
	"math"
	"slices"
)

// Layout is where each version's keys are: ranges that follow each other on the
// positions of a keyed split, 0 to 2^32. It is the settled one: a rollout moves keys
// out of it by another hash and leaves it alone until it has ended. Layouts that were
// made are not written again.
//
// It is kept, and not made from the weights each time, because ranges side by side
// would all move when one of them grows: keys of versions that nobody has touched
// would change hands.
type Layout []Range

// Range is a version's part of a Layout.
type Range struct {
	Version string `json:"version"`
	Size    uint64 `json:"size"` // in positions, above 0
}

// positions is how many positions a keyed split has.
const positions = 1 << 32

// maxRanges bounds a layout that many changes have cut into pieces: beyond it one is
// made anew.
const maxRanges = 256

// NewLayout lays the versions with weight side by side, by their names: so every Weir
// with that split sends a key to the same version. It is nil when there is no weight.
func NewLayout(weights map[string]float64) Layout {
	var l Layout
	sizes := sizesOf(weights)
	for _, v := range slices.Sorted(maps.Keys(weights)) {
		l = l.with(v, sizes[v])
	}
	return l
}

// sizesOf is how many positions each version is to have: all of them together.
func sizesOf(weights map[string]float64) map[string]uint64 {
	total, sum, first := 0.0, 0.0, uint64(0)
	for _, v := range slices.Sorted(maps.Keys(weights)) {
		total += weights[v]
	}
	sizes := make(map[string]uint64, len(weights))
	if !(total > 0) {
		return sizes
	}
	for _, v := range slices.Sorted(maps.Keys(weights)) {
		sum += weights[v]
		last := uint64(math.Ceil(min(sum*positions/total, positions)))
		sizes[v] = last - first
		first = last
	}
	return sizes
}

// Follow returns the layout for other weights that moves the fewest keys: a version
// that shrinks gives up the end of what it has, and those that grow get that.
func (l Layout) Follow(weights map[string]float64) Layout {
	want := sizesOf(weights)
	if !l.Whole() {
		return NewLayout(weights)
	}
	have := l.sizes()
	if !unround(have, want) {
		return l
	}
	keep := make(map[string]uint64, len(want))
	more := make(map[string]uint64, len(want))
	for v, n := range want {
		keep[v], more[v] = min(n, have[v]), n-min(n, have[v])
	}
	growing := slices.Sorted(maps.Keys(more))
	var next Layout
	for _, r := range l {
		kept := min(r.Size, keep[r.Version])
		keep[r.Version] -= kept
		next = next.with(r.Version, kept)
		for free := r.Size - kept; free > 0; {
			for more[growing[0]] == 0 {
				growing = growing[1:]
			}
			given := min(free, more[growing[0]])
			more[growing[0]] -= given
			free -= given
			next = next.with(growing[0], given)
		}
	}
	if len(next) > maxRanges {
		return NewLayout(weights)
	}
	return next
}

// unround takes out of want what is only the rounding of another sum of weights, so
// that it moves no key; false when that is all there is.
func unround(have, want map[string]uint64) bool {
	const rounding = 2 // positions
	off, most := uint64(0), ""
	near := func(v string) bool { return want[v]-have[v]+rounding <= 2*rounding }
	for v := range want {
		if near(v) {
			off += want[v] - have[v]
		} else if most == "" || want[v] > want[most] {
			most = v
		}
	}
	if most == "" {
		return false
	}
	if want[most]+off > positions {
		return true // below 0: all of it is rounding, of very many versions
	}
	for v := range want {
		if v != most && near(v) {
			want[v] = have[v]
		}
	}
	want[most] += off
	return true
}

// Whole reports whether the ranges are all positions: what was kept may be damaged.
func (l Layout) Whole() bool {
	sum := uint64(0)
	for _, r := range l {
		if r.Size == 0 || r.Size > positions-sum {
			return false
		}
		sum += r.Size
	}
	return sum == positions
}

// Share is a version's part of the layout, 0 to 1.
func (l Layout) Share(version string) float64 { return float64(l.sizes()[version]) / positions }

func (l Layout) sizes() map[string]uint64 {
	sizes := make(map[string]uint64)
	for _, r := range l {
		sizes[r.Version] += r.Size
	}
	return sizes
}

// with appends a range, to the last one where it is the same version's.
func (l Layout) with(version string, size uint64) Layout {
	switch last := len(l) - 1; {
	case size == 0:
		return l
	case last >= 0 && l[last].Version == version:
		l[last].Size += size
		return l
	}
	return append(l, Range{Version: version, Size: size})
}
