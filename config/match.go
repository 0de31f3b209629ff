package config

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Match is what the answer to an active check must be, beside its status. All of it
// must hold; the zero value asks for nothing.
type Match struct {
	Headers []HeaderRule
	Body    *BodyRule // nil: any body
}

// HeaderRule is what an answer must say in a header.
type HeaderRule struct {
	Name  string // of a header, as written
	Op    string // =, !=, ~ or !~ compares with Value; "": the header is there; "!": it is not
	Value string // not empty; of ~ and !~ an expression in RE2's syntax
}

// BodyRule is what an answer must have in its body. At least one of the first three
// is not empty.
type BodyRule struct {
	Contains   string
	Matches    string // an expression in RE2's syntax
	NotMatches string // the same
	Limit      int64  // what is behind so many bytes is not seen: 1..1 MiB. Default 64 KiB
}

const (
	wantRule       = `a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`
	wantExpression = "an expression in RE2's syntax of at most 1000 bytes"
)

func (m *Match) read(v value) {
	v.object(fields{
		"headers": may(func(v value) {
			v.list(wantRule, 1, func(item value) {
				var r HeaderRule
				r.read(item)
				m.Headers = append(m.Headers, r)
			})
		}),
		"body": may(func(v value) {
			m.Body = &BodyRule{Limit: 64 << 10}
			m.Body.read(v)
		}),
	})
}

func (r *HeaderRule) read(v value) {
	s, ok := v.scalar(wantRule)
	if !ok {
		return
	}
	if *r, ok = parseHeaderRule(s); !ok {
		v.refuse(s, wantRule)
		return
	}
	if r.Op == "~" || r.Op == "!~" {
		v.checkExpression(r.Value)
	}
}

var ruleName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// parseHeaderRule reads a rule as NGINX's match block has it, with spaces around the
// operator. It does not look into expressions.
func parseHeaderRule(s string) (r HeaderRule, ok bool) {
	if name, absent := strings.CutPrefix(s, "!"); absent {
		r = HeaderRule{Name: strings.TrimLeft(name, " "), Op: "!"}
		return r, ruleName.MatchString(r.Name)
	}
	name, rest, compares := strings.Cut(s, " ")
	r.Name = name
	if compares {
		r.Op, r.Value, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
		r.Value = strings.Trim(r.Value, " ")
		switch r.Op {
		case "=", "!=", "~", "!~":
		default:
			return r, false
		}
		if r.Value == "" {
			return r, false
		}
	}
	return r, ruleName.MatchString(r.Name)
}

// String is the rule as a file has it.
func (r HeaderRule) String() string {
	switch r.Op {
	case "", "!":
		return r.Op + r.Name
	}
	return r.Name + " " + r.Op + " " + r.Value
}

func (b *BodyRule) read(v value) {
	problems := len(v.in.problems)
	v.object(fields{
		"contains":    may(payload(&b.Contains)),
		"matches":     may(expression(&b.Matches)),
		"not_matches": may(expression(&b.NotMatches)),
		"limit":       may(size(&b.Limit, 1, 1<<20)),
	})
	if b.Contains+b.Matches+b.NotMatches == "" && len(v.in.problems) == problems {
		v.fail("nothing to look for: want contains, matches or not_matches")
	}
}

func expression(dst *string) func(value) {
	return func(v value) {
		s, ok := v.scalar(wantExpression)
		if ok && v.checkExpression(s) {
			*dst = s
		}
	}
}

// checkExpression records what is wrong with an expression that v says.
func (v value) checkExpression(s string) bool {
	if s == "" || len(s) > 1000 {
		v.refuse(s, wantExpression)
		return false
	}
	_, err := regexp.Compile(s)
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		v.fail("%s: %s at %s: want %s", Show(s), wrong.Code, Show(wrong.Expr), wantExpression)
	}
	return err == nil
}

// document is the rules in the shape of the file, empty when there are none.
func (m *Match) document() map[string]any {
	doc := map[string]any{}
	if len(m.Headers) > 0 {
		doc["headers"] = list(m.Headers, func(r HeaderRule) any { return r.String() })
	}
	if b := m.Body; b != nil {
		body := map[string]any{"limit": sizeText(b.Limit)}
		for key, s := range map[string]string{"contains": b.Contains, "matches": b.Matches, "not_matches": b.NotMatches} {
			if s != "" {
				body[key] = s
			}
		}
		doc["body"] = body
	}
	return doc
}
