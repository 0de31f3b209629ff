package config

import "math"

// written is a version's weight as the file has it.
type written struct {
	at     value // the weight, or the version when it is omitted
	form   form
	number float64
}

type form int

const (
	omitted form = iota
	whole
	percents
	faulty // already reported
)

// MaxWeight is the largest weight of a version. It keeps the sum of any number of
// weights exact.
const MaxWeight = 1_000_000_000

const wantWeight = "a whole number of 0 or more, or a percentage from 0% to 100%"

func (w *written) read(v value) {
	w.at, w.form = v, faulty
	s, ok := v.scalar(wantWeight)
	if !ok {
		return
	}
	if n, ok := parseInt(s); ok && 0 <= n && n <= MaxWeight {
		w.form, w.number = whole, float64(n)
	} else if p, ok := parsePercent(s); ok && 0 <= p && p <= 100 {
		w.form, w.number = percents, p
	} else {
		v.refuse(s, wantWeight)
	}
}

// resolveWeights gives each version its weight. v is all of them in the file,
// stable the index of the stable one, -1 when that is at fault.
func resolveWeights(v value, versions []Version, weights []written, stable int) {
	kind, sum := omitted, 0.0
	for _, w := range weights {
		switch {
		case w.form == faulty:
			return
		case w.form == omitted:
			continue
		case kind == omitted:
			kind = w.form
		case kind != w.form:
			w.at.fail("%s: want whole numbers or percentages, not both in one split", Show(w.at.node.Value))
			return
		}
		sum += w.number
	}
	if stable < 0 {
		return
	}
	for i, w := range weights {
		versions[i].Weight = w.number // 0 when omitted
	}
	if w := weights[stable]; w.form == omitted {
		rest := Tidy(100 - sum)
		if rest < 0 {
			w.at.fail("the weight of stable is omitted, so it is 100 minus the others, which is %v: want the others to sum to 100 or less, or its weight written", rest)
			return
		}
		versions[stable].Weight, sum = rest, 100
	}
	switch {
	case kind == percents && Tidy(sum) != 100:
		v.fail("the percentages sum to %v%%: want 100%%", Tidy(sum))
	case sum == 0:
		v.fail("every weight is 0: want one above 0")
	}
}

// Tidy removes what binary fractions add: 33.3 % three times and 0.1 % are 100 %.
func Tidy(f float64) float64 { return math.Round(f*1e9) / 1e9 }
