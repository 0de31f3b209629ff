package config

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// FlagContext is which attributes rules of flags can ask a request for, and where each
// comes from. Names of attributes are letters, digits, "_" and "-"; targetingKey is what
// shares go by. One has at most one source beside Static, which holds where that has
// nothing.
type FlagContext struct {
	Headers  []Pair // names in lower case, and the attributes; sorted by name. So too:
	Cookies  []Pair
	Static   []Pair // attributes and their values
	ClientIP string // the attribute that is the client's address; "": none
	JWT      *FlagJWT
}

const wantAttribute = `the name of an attribute, of up to 100 letters, digits, "_" and "-", like targetingKey`

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

var (
	flagHeaders = pairRules{
		what:      "a mapping of header names to attributes",
		wantName:  `a header's name of letters, digits and "-" that the client says: not Host, Cookie (there is "cookies"), Forwarded, X-Forwarded-*, X-Real-IP, X-Weir-* or X-Flag-*`,
		wantValue: wantAttribute,
		fold:      true,
		name:      func(s string) bool { return headerPairs.name(s) && !isFlagHeader(s) },
		value:     attributeName.MatchString,
	}
	flagCookies = pairRules{
		what:      "a mapping of cookies to attributes",
		wantName:  "a cookie's name",
		wantValue: wantAttribute,
		fold:      true,
		name:      token.MatchString,
		value:     attributeName.MatchString,
	}
	flagClaims = pairRules{
		what:      "a mapping of claims to attributes",
		wantName:  "a claim's name of up to 200 bytes",
		wantValue: wantAttribute,
		name:      func(s string) bool { return s != "" && len(s) <= 200 },
		value:     attributeName.MatchString,
	}
	flagStatic = pairRules{
		what:      "a mapping of attributes to values",
		wantName:  wantAttribute,
		wantValue: "a text of up to 1000 bytes",
		name:      attributeName.MatchString,
		value:     func(s string) bool { return len(s) <= 1000 },
	}
)

// isFlagHeader recognises, in any case, the headers by which decisions go upstream.
func isFlagHeader(name string) bool { return strings.HasPrefix(strings.ToLower(name), "x-flag-") }

func (c *FlagContext) read(v value) {
	once := unique{} // attributes
	v.object(fields{
		"headers":   may(once.attributes(pairs(&c.Headers, flagHeaders))),
		"cookies":   may(once.attributes(pairs(&c.Cookies, flagCookies))),
		"client_ip": may(once.attributes(attribute(&c.ClientIP))),
		"static":    may(pairs(&c.Static, flagStatic)),
		"jwt":       may(flagJWT(&c.JWT, once)),
	})
}

// attributes is read, whose attributes have no other source.
func (u unique) attributes(read func(value)) func(value) {
	return func(v value) {
		read(v)
		for _, at := range attributesOf(v) {
			if first, ok := u[at.node.Value]; ok {
				at.fail("%s: want one source of an attribute, it already has one on line %d", Show(at.node.Value), first.node.Line)
				continue
			}
			u[at.node.Value] = at
		}
	}
}

func attribute(dst *string) func(value) {
	return one(dst, wantAttribute, func(s string) (string, bool) { return s, attributeName.MatchString(s) })
}

// attributesOf are the places of the attributes that a mapping has as its values, or of
// the one that v is.
func attributesOf(v value) (out []value) {
	if v.in.survey != nil {
		return nil
	}
	if v.node.Kind == yaml.ScalarNode && attributeName.MatchString(v.node.Value) {
		return []value{v}
	}
	for i := 1; i < len(v.node.Content); i += 2 {
		k, n := v.node.Content[i-1], v.node.Content[i]
		if n.Kind == yaml.ScalarNode && attributeName.MatchString(n.Value) {
			out = append(out, value{in: v.in, path: join(v.path, k.Value), node: n, key: k})
		}
	}
	return out
}

func (c *FlagContext) document() map[string]any {
	doc := map[string]any{}
	for key, list := range map[string][]Pair{"headers": c.Headers, "cookies": c.Cookies} {
		if len(list) > 0 {
			doc[key] = documentPairs(list)
		}
	}
	if len(c.Static) > 0 {
		doc["static"] = keyed(c.Static, func(p Pair) (string, any) {
			if isSecretName(p.Name) {
				return p.Name, hidden
			}
			return p.Name, p.Value
		})
	}
	if c.ClientIP != "" {
		doc["client_ip"] = c.ClientIP
	}
	if c.JWT != nil {
		doc["jwt"] = c.JWT.document()
	}
	return doc
}
