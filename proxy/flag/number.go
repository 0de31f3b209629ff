package flag

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendNumber writes f as JavaScript does: 10, 0.5, 1e+21, NaN.
func appendNumber(to []byte, f float64) []byte {
	switch abs := math.Abs(f); {
	case f == 0:
		return append(to, '0') // -0 too
	case math.IsNaN(f):
		return append(to, "NaN"...)
	case math.IsInf(f, 1):
		return append(to, "Infinity"...)
	case math.IsInf(f, -1):
		return append(to, "-Infinity"...)
	case abs >= 1e-6 && abs < 1e21:
		return strconv.AppendFloat(to, f, 'f', -1, 64)
	}
	begin := len(to)
	to = strconv.AppendFloat(to, f, 'e', -1, 64)
	// Go writes two digits of the exponent at least, JavaScript one: 1e-07, 1e-7.
	if n := len(to); n-begin >= 4 && to[n-2] == '0' && (to[n-3] == '-' || to[n-3] == '+') {
		to[n-2] = to[n-1]
		to = to[:n-1]
	}
	return to
}

// trimmed is s without what JavaScript takes for space at both ends.
func trimmed(s string) string { return strings.TrimFunc(s, isSpace) }

func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// parseNumber is the number that a text is as a whole, as JavaScript's Number has it: a
// text of spaces is 0, what is no number is NaN.
func parseNumber(s string) float64 {
	s = trimmed(s)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		switch s[1] | 0x20 {
		case 'x':
			return parseDigits(s[2:], 16)
		case 'o':
			return parseDigits(s[2:], 8)
		case 'b':
			return parseDigits(s[2:], 2)
		}
	}
	if f, n := leadingNumber(s); n == len(s) {
		return f
	}
	return math.NaN()
}

// parseDigits is a whole number of a base without a sign.
func parseDigits(s string, base float64) float64 {
	f := 0.0
	for i := range len(s) {
		d := 99.0
		switch c := s[i] | 0x20; {
		case c >= '0' && c <= '9':
			d = float64(c - '0')
		case c >= 'a' && c <= 'f':
			d = float64(c-'a') + 10
		}
		if s[i] < '0' || d >= base {
			return math.NaN()
		}
		f = f*base + d
	}
	return f
}

// parseLeading is the number that a text begins with, as JavaScript's parseFloat has it:
// 12 of "12px", NaN where it begins with none.
func parseLeading(s string) float64 {
	f, _ := leadingNumber(strings.TrimLeftFunc(s, isSpace))
	return f
}

// leadingNumber is the decimal number that s begins with, and its length; NaN and 0 where
// there is none.
func leadingNumber(s string) (f float64, size int) {
	digits, i := 0, 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if strings.HasPrefix(s[i:], "Infinity") {
		if s[0] == '-' {
			return math.Inf(-1), i + len("Infinity")
		}
		return math.Inf(1), i + len("Infinity")
	}
	count := func() {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			digits, i = digits+1, i+1
		}
	}
	if count(); i < len(s) && s[i] == '.' {
		i++
		count()
	}
	if digits == 0 {
		return math.NaN(), 0
	}
	if end := i; i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		before := digits
		if count(); digits == before {
			i = end // an e without an exponent is none
		}
	}
	f, _ = strconv.ParseFloat(s[:i], 64) // out of range it is 0 or infinite, as there
	return f, i
}

// runes is how many characters s has.
func runes(s string) int { return utf8.RuneCountInString(s) }
