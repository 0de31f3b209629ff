package control

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"weir/balancer/rollout"
	"weir/config"
)

// split is one upstream's division of traffic as one value (semantics §7): the
// weights of all its versions, and which of them is stable. It is not written
// again once it is part of a record.
type split struct {
	Stable  string             `json:"stable"`
	Weights map[string]float64 `json:"weights"` // finite, 0 or more, one above 0
}

// fileSplit is the split that the file asks for.
func fileSplit(cfg *config.Upstream) split {
	s := split{Stable: cfg.Stable, Weights: make(map[string]float64, len(cfg.Versions))}
	for _, v := range cfg.Versions {
		s.Weights[v.Name] = v.Weight
	}
	return s
}

// equal reports whether s and o are written alike: same versions, weights and stable.
func (s split) equal(o split) bool {
	return s.Stable == o.Stable && maps.Equal(s.Weights, o.Weights)
}

// serves reports whether s and o divide traffic alike, whatever their totals:
// 90 to 10 serves as 9 to 1.
func (s split) serves(o split) bool {
	a, b := s.total(), o.total()
	for v, w := range s.Weights {
		if math.Abs(w/a-o.Weights[v]/b) > 1e-12 {
			return false
		}
	}
	for v, w := range o.Weights {
		if _, ok := s.Weights[v]; !ok && w > 0 {
			return false
		}
	}
	return s.Stable == o.Stable
}

func (s split) total() float64 {
	total := 0.0
	for _, w := range s.Weights {
		total += w
	}
	return total
}

// weights are those of all versions, for people: v1: 90, v2: 10.
func (s split) weights() string {
	out := make([]string, 0, len(s.Weights))
	for _, v := range s.versions() {
		out = append(out, fmt.Sprintf("%s: %g", v, s.Weights[v]))
	}
	return strings.Join(out, ", ")
}

// share is a version's part of the whole, 0 to 1.
func (s split) share(version string) float64 { return s.Weights[version] / s.total() }

// favours reports whether a version gets more by s than by the split before, or
// becomes stable.
func (s split) favours(version string, was split) bool {
	return s.share(version) > was.share(version) || version == s.Stable && version != was.Stable
}

// percentOf is the candidate's percentage of what it and from share.
func (s split) percentOf(from, candidate string) float64 {
	return rollout.Percent(s.Weights[from], s.Weights[candidate])
}

// move gives the candidate a percentage of what it and from share, and from the
// rest; other versions keep their weights (semantics §1.4).
func (s split) move(from, candidate string, percent float64) split {
	sum := s.Weights[from] + s.Weights[candidate]
	given := sum
	if percent < 100 { // all of it is exactly all of it: nothing is left by rounding
		given = min(sum*percent/100, sum)
	}
	w := maps.Clone(s.Weights)
	w[candidate], w[from] = given, sum-given
	return split{Stable: s.Stable, Weights: w}
}

// problems says what keeps the split from serving these versions; none: nothing.
func (s split) problems(versions []string) []string {
	var bad []string
	for _, v := range slices.Sorted(maps.Keys(s.Weights)) {
		switch w := s.Weights[v]; {
		case !slices.Contains(versions, v):
			bad = append(bad, noSuch("weights: ", "version", v, versions).Msg)
		case !(w >= 0) || math.IsInf(w, 0):
			bad = append(bad, fmt.Sprintf("weights.%s: %v: want a number of 0 or more", v, w))
		}
	}
	if len(bad) == 0 {
		switch total := s.total(); {
		case total == 0:
			bad = append(bad, "weights: all are 0, want one above 0")
		case math.IsInf(total, 0):
			bad = append(bad, "weights: too large, their sum is not a number")
		}
	}
	if !slices.Contains(versions, s.Stable) {
		bad = append(bad, noSuch("stable: ", "version", s.Stable, versions).Msg)
	}
	return bad
}

// over returns the split with exactly these versions; a missing one has weight 0.
func (s split) over(versions []string) split {
	w := make(map[string]float64, len(versions))
	for _, v := range versions {
		w[v] = s.Weights[v]
	}
	return split{Stable: s.Stable, Weights: w}
}

// SetSplit sets the weights: 0 to config.MaxWeight, of any total, one above 0.
// Versions that are not named get 0, but for stable: it gets what the others
// leave of 100, as in the file. Conflict while an explicit rollout runs, and, without
// m.Override, when a version would get more that must not, for the sake of the database.
// The same weights again change nothing.
func (c *Control) SetSplit(ctx context.Context, name string, weights map[string]float64, m Meta) (UpstreamView, error) {
	weights = maps.Clone(weights) // the caller's map is his again when ctx ends
	return c.change(ctx, name, m, func(u *upstream) (*upstream, error) {
		if run := u.record.running(); run != nil {
			return nil, u.active(run)
		}
		next, err := u.asked(weights)
		if err != nil {
			return nil, err
		}
		if next.equal(u.record.Split) {
			return u, nil
		}
		reason := m.Reason
		version, why := u.outgrown(u.record.Split, next, time.Now())
		if why == "" {
			version, why = u.behind(next)
		}
		if why != "" {
			if !m.Override {
				return nil, refuse(Conflict, "upstream %s: weights.%s: %s; --override with a --reason gives it more all the same", u.name(), version, why)
			}
			reason += fmt.Sprintf(" (more for %s by override, though %s)", version, why)
		}
		return u.next(u.record.revise(next, cause{Source: m.source(), Author: m.Author, From: m.From, Reason: reason}), nil)
	}, nil)
}

// asked is the split of weights that somebody asks for.
func (u *upstream) asked(weights map[string]float64) (split, error) {
	names, s := u.versionNames(), split{Stable: u.record.Split.Stable, Weights: weights}
	if len(weights) == 0 {
		return split{}, refuse(Invalid, "upstream %s: weights: none given: want a weight for each version, such as v1: 90, v2: 10", u.name())
	}
	for _, v := range slices.Sorted(maps.Keys(weights)) {
		if !slices.Contains(names, v) {
			return split{}, u.noVersion(v)
		}
		if w := weights[v]; !(0 <= w && w <= config.MaxWeight) {
			return split{}, refuse(Invalid, "upstream %s: weights.%s: %v: want 0 to %d", u.name(), v, w, config.MaxWeight)
		}
	}
	// {"v2": 10} must not mean everything for v2.
	if _, given := weights[s.Stable]; !given {
		rest := config.Tidy(100 - s.total())
		if rest < 0 {
			return split{}, refuse(Invalid, "upstream %s: weights: %s (stable) is left out and gets 100 minus the others, which is %v: want the others to sum to 100 or less, or its weight given",
				u.name(), s.Stable, rest)
		}
		s.Weights = maps.Clone(weights)
		s.Weights[s.Stable] = rest
	}
	if bad := s.problems(names); len(bad) > 0 {
		return split{}, refuse(Invalid, "upstream %s: %s", u.name(), strings.Join(bad, "; "))
	}
	return s.over(names), nil
}
