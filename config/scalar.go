package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// scalar is the text of v with the environment filled in. What a text means is
// decided by the place it stands at, never by YAML's guess: 1e3, 0x10 and yes
// are just texts.
func (v value) scalar(want string) (string, bool) {
	s, ok := v.raw(want)
	if ok && strings.ContainsFunc(s, unicode.IsControl) {
		v.fail("%s: want a value without control characters", Show(public(s)))
		return "", false
	}
	return s, ok
}

// raw is scalar for a text that may have control characters.
func (v value) raw(want string) (string, bool) {
	if !v.is(yaml.ScalarNode, want) {
		return "", false
	}
	if v.in.survey != nil {
		v.in.survey.scalar(v, want)
		return "", false
	}
	v.in.origins.note(v)
	s, wrong := expand(v.node.Value)
	if wrong != "" {
		v.fail("%s", wrong)
		return "", false
	}
	return s, true
}

// one reads a scalar into dst with parse, which says whether it allows the text;
// want describes what it allows.
func one[T any](dst *T, want string, parse func(string) (T, bool)) func(value) {
	return func(v value) {
		standard(v, dst, parse)
		s, ok := v.scalar(want)
		if !ok {
			return
		}
		t, ok := parse(s)
		if !ok {
			v.refuse(s, want)
			return
		}
		*dst = t
	}
}

// integer reads a whole number from lo to hi.
func integer(dst *int, lo, hi int) func(value) {
	return like(shape{kind: wholeNumbers, span: within(float64(lo), float64(hi))}, one(dst, fmt.Sprintf("a whole number from %d to %d", lo, hi), func(s string) (int, bool) {
		n, ok := parseInt(s)
		return n, ok && lo <= n && n <= hi
	}))
}

// wholeNumber has no leading zeros: YAML 1.1 took them for octal.
var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

func parseInt(s string) (int, bool) {
	if !wholeNumber.MatchString(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

var decimalNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func parseDecimal(s string) (float64, bool) {
	if !decimalNumber.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// number reads a plain number of the span.
func number(dst *float64, want string, of span) func(value) {
	return like(shape{kind: numbers, span: of}, one(dst, want, func(s string) (float64, bool) {
		f, ok := parseDecimal(s)
		return f, ok && of.has(f)
	}))
}

// parsePercent returns 0.1 for "0.1%". A number without the sign is not a
// percentage: nobody could tell whether 0.5 means a half or half a hundredth.
func parsePercent(s string) (float64, bool) {
	digits, ok := strings.CutSuffix(s, "%")
	if !ok {
		return 0, false
	}
	return parseDecimal(digits)
}

// percentage reads a percentage of the span; 10 % is stored as 10.
func percentage(dst *float64, want string, of span) func(value) {
	return like(shape{kind: percentages, span: of}, one(dst, want, func(s string) (float64, bool) {
		f, ok := parsePercent(s)
		return f, ok && of.has(f)
	}))
}

// ratio reads a percentage of the span; 10 % is stored as 0.1.
func ratio(dst *float64, want string, of span) func(value) {
	return like(shape{kind: percentages, span: of}, one(dst, want, func(s string) (float64, bool) {
		f, ok := parsePercent(s)
		return f / 100, ok && of.has(f)
	}))
}

// duration reads a duration of at least least.
func duration(dst *time.Duration, least time.Duration) func(value) {
	want := fmt.Sprintf("a duration of %v or more with its unit, like 500ms or 30s", least)
	return like(shape{kind: durations, span: atLeast(least)}, one(dst, want, func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= least
	}))
}

// durationOrNone reads a duration of at least least, or 0s for none.
func durationOrNone(dst *time.Duration, least time.Duration) func(value) {
	want := fmt.Sprintf("0s, or a duration of %v or more with its unit, like 500ms or 30s", least)
	return like(shape{kind: durationsOrNone, span: atLeast(least)}, one(dst, want, func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(s)
		return d, err == nil && (d == 0 || d >= least)
	}))
}

// optional reads what is another thing's business where it is not written.
func optional(dst **bool) func(value) {
	return func(v value) {
		if v.in.survey != nil {
			boolean(nil)(v)
			return
		}
		*dst = new(bool)
		boolean(*dst)(v)
	}
}

// boolean reads on or true, off or false.
func boolean(dst *bool) func(value) {
	return like(shape{kind: onOff}, one(dst, "on or off (also true or false)", func(s string) (bool, bool) {
		yes := s == "on" || s == "true"
		return yes, yes || s == "off" || s == "false"
	}))
}

// choice reads one of the words.
func choice(dst *string, words []string) func(value) {
	want := strings.Join(words, " or ")
	return like(shape{kind: oneWord, words: words}, func(v value) {
		standard(v, dst, func(s string) (string, bool) { return s, slices.Contains(words, s) })
		s, ok := v.scalar(want)
		if !ok {
			return
		}
		if !slices.Contains(words, s) {
			v.fail("%s%s", Show(s), allowed(s, words))
			return
		}
		*dst = s
	})
}
