package config

import (
	"regexp"
	"slices"
	"strings"
)

var (
	methodName = regexp.MustCompile(`^[A-Z][A-Z0-9_-]{0,31}$`)
	headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`) // a name with "_" is dropped by the gate
	token      = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

// pairRules say what a mapping of names and values takes.
type pairRules struct {
	what      string // of what
	wantName  string
	wantValue string
	secret    bool // no message repeats a value
	fold      bool // names are the same in any case
	name      func(string) bool
	value     func(string) bool
}

// The conditions of routes. Weir says X-Forwarded-* and the like itself, so what a
// client says there is not asked.
var (
	headerPairs = pairRules{
		what:      "a mapping of header names to values",
		wantName:  `a header's name of letters, digits and "-" that the client says: not Host (there is "host"), Cookie (there is "cookies"), Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		wantValue: `the value as sent, or "*" for any`,
		fold:      true,
		name:      func(s string) bool { return headerName.MatchString(s) && !isOurs(s) && !isRead(s) },
		value:     isFieldValue,
	}
	queryPairs = pairRules{
		what:      "a mapping of query parameters to values",
		wantName:  "a parameter's name as sent, with %XX for spaces, &, =, # and other bytes",
		wantValue: `the value as sent, with %XX for spaces, & and #, or "*" for any`,
		name:      func(s string) bool { return s != "" && isVisibleASCII(s) && !strings.ContainsAny(s, "&=#") },
		value:     func(s string) bool { return isVisibleASCII(s) && !strings.ContainsAny(s, "&#") },
	}
	cookiePairs = pairRules{
		what:      "a mapping of cookies to values",
		wantName:  "a cookie's name",
		wantValue: `the value as sent, without spaces and semicolons, or "*" for any`,
		name:      token.MatchString,
		value:     func(s string) bool { return isVisibleASCII(s) && !strings.Contains(s, ";") },
	}
)

// isOurs recognises, in any case, the headers that only Weir says.
func isOurs(name string) bool {
	s := strings.ToLower(name)
	return s == "forwarded" || s == "x-real-ip" || strings.HasPrefix(s, "x-forwarded") || strings.HasPrefix(s, "x-weir-")
}

func isRead(name string) bool {
	return strings.EqualFold(name, "host") || strings.EqualFold(name, "cookie")
}

// isFieldValue reports whether s can be a header's value as it is: visible ASCII,
// with spaces within.
func isFieldValue(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f })
}

// pairs reads names and their values.
func pairs(dst *[]Pair, rules pairRules) func(value) {
	return func(v value) {
		once := unique{}
		v.entries(rules.what, 1, func(key string, at value) {
			p := Pair{Name: key}
			if rules.fold {
				p.Name = strings.ToLower(key)
			}
			if !rules.name(key) {
				at.failKey("%s: want %s", Show(key), rules.wantName)
				return
			}
			if first, ok := once[p.Name]; ok {
				at.failKey("%s: want it once, it is already on line %d", Show(key), first.key.Line)
				return
			}
			once[p.Name] = at
			if rules.secret {
				unsaid(&p.Value, rules.wantValue, rules.value)(at)
			} else {
				one(&p.Value, rules.wantValue, func(s string) (string, bool) { return s, rules.value(s) })(at)
			}
			*dst = append(*dst, p)
		})
		slices.SortFunc(*dst, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	}
}

// documentPairs are pairs as the file has them.
func documentPairs(in []Pair) map[string]any {
	return keyed(in, func(p Pair) (string, any) { return p.Name, p.Value })
}
