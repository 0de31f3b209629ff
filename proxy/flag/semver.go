package flag

import (
	"cmp"
	"strings"
)

// version is a semantic version, as the texts of its parts.
type version struct {
	major, minor, patch string
	pre                 string // without the dash
}

var compares = map[string]func(a, b version) bool{
	"=":  func(a, b version) bool { return a.compare(b) == 0 },
	"!=": func(a, b version) bool { return a.compare(b) != 0 },
	"<":  func(a, b version) bool { return a.compare(b) < 0 },
	"<=": func(a, b version) bool { return a.compare(b) <= 0 },
	">":  func(a, b version) bool { return a.compare(b) > 0 },
	">=": func(a, b version) bool { return a.compare(b) >= 0 },
	"^":  func(a, b version) bool { return a.major == b.major },
	"~":  func(a, b version) bool { return a.major == b.major && a.minor == b.minor },
}

var compareNames = []string{"!=", "<", "<=", "=", ">", ">=", "^", "~"}

// semVer compares two versions; what is none is null.
func semVer(c *compiler, _ place, args []place) operand {
	operands := c.all(args)
	const want = "a version like 1.2.0, or a rule that says one"
	for _, i := range []int{0, 2} {
		if o := operands[i]; o.constant && args[i].node.Kind != Object {
			if _, ok := versionOf(o.value); !ok {
				args[i].fail("%s: want %s", args[i].shown(), want)
			}
		}
	}
	with := operands[1]
	if _, ok := compares[with.value.text]; with.constant && !ok {
		args[1].fail("%s: want one of %s", args[1].shown(), strings.Join(compareNames, " "))
	}
	if right, ok := versionOf(operands[2].value); ok && operands[2].constant && with.constant {
		left, fits := operands[0].run, compares[with.value.text]
		if fits == nil {
			return constant(Value{})
		}
		return folded(saying(func(c *Context) Value {
			a, ok := versionOf(left(c))
			if !ok {
				return Value{}
			}
			return BoolValue(fits(a, right))
		}), operands)
	}
	return folded(saying(func(c *Context) Value {
		a, aOK := versionOf(operands[0].run(c))
		b, bOK := versionOf(operands[2].run(c))
		v := with.run(c)
		fits := compares[v.text]
		if !aOK || !bOK || fits == nil {
			return Value{}
		}
		return BoolValue(fits(a, b))
	}), operands)
}

// versionOf is a value as a version: a text, or the number that a version without a patch
// looks like.
func versionOf(v Value) (version, bool) {
	switch v.kind {
	case Text:
		return parseVersion(v.text)
	case Number:
		if v.number >= 0 && v.number < 1e6 {
			return parseVersion(v.toText())
		}
	}
	return version{}, false
}

// maxVersion is how long a version may be, in bytes.
const maxVersion = 256

// parseVersion reads a version: v before it is left out, a minor number and a patch need
// not be there where nothing follows, and what is after + is not looked at.
func parseVersion(s string) (v version, ok bool) {
	if len(s) > maxVersion {
		return version{}, false
	}
	if s != "" && s[0]|0x20 == 'v' {
		s = s[1:]
	}
	v.minor, v.patch = "0", "0"
	if v.major, s, ok = versionNumber(s); !ok {
		return version{}, false
	}
	short := true
	for _, part := range []*string{&v.minor, &v.patch} {
		if s == "" || s[0] != '.' {
			break
		}
		if *part, s, ok = versionNumber(s[1:]); !ok {
			return version{}, false
		}
		short = part != &v.patch
	}
	if short && s != "" {
		return version{}, false
	}
	if s != "" && s[0] == '-' {
		if v.pre, s, ok = identifiers(s[1:], true); !ok {
			return version{}, false
		}
	}
	if s != "" && s[0] == '+' {
		if _, s, ok = identifiers(s[1:], false); !ok {
			return version{}, false
		}
	}
	return v, s == ""
}

// versionNumber takes a whole number without zeros before it off s.
func versionNumber(s string) (n, rest string, ok bool) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:], plainNumber(s[:i]) && compareNumbers(s[:i], greatestNumber) <= 0
}

// greatestNumber is the greatest that a version may have: what JavaScript counts to.
const greatestNumber = "9007199254740991"

// identifiers takes words with dots between them off s, up to a plus. Those that are
// numbers have no zeros before them where plain says so.
func identifiers(s string, plain bool) (ids, rest string, ok bool) {
	i, begin, digits := 0, 0, true
	end := func() bool {
		return i > begin && (!plain || !digits || plainNumber(s[begin:i]))
	}
	for ; i < len(s) && s[i] != '+'; i++ {
		switch b := s[i]; {
		case b == '.':
			if !end() {
				return "", "", false
			}
			begin, digits = i+1, true
		case isDigit(b):
		case b|0x20 >= 'a' && b|0x20 <= 'z' || b == '-':
			digits = false
		default:
			return "", "", false
		}
	}
	return s[:i], s[i:], end()
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// plainNumber reports whether digits are a number without zeros before it.
func plainNumber(digits string) bool {
	return digits != "" && (digits[0] != '0' || len(digits) == 1)
}

// compareNumbers compares two plain numbers.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compare is which of two versions is before the other, as semver.org has it.
func (v version) compare(w version) int {
	if n := cmp.Or(compareNumbers(v.major, w.major), compareNumbers(v.minor, w.minor), compareNumbers(v.patch, w.patch)); n != 0 {
		return n
	}
	if v.pre == "" || w.pre == "" { // what comes before a release
		return cmp.Compare(len(w.pre), len(v.pre))
	}
	a, b, more, moreOfB := v.pre, w.pre, true, true
	for more && moreOfB {
		var x, y string
		x, a, more = strings.Cut(a, ".")
		y, b, moreOfB = strings.Cut(b, ".")
		if n := compareIdentifiers(x, y); n != 0 {
			return n
		}
	}
	switch {
	case more:
		return 1
	case moreOfB:
		return -1
	}
	return 0
}

// compareIdentifiers compares two words: numbers as such, and before all others.
func compareIdentifiers(a, b string) int {
	aNumber, bNumber := isNumber(a), isNumber(b)
	switch {
	case aNumber && bNumber:
		return compareNumbers(a, b)
	case aNumber:
		return -1
	case bNumber:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
