package config

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Source is where a value stands in a request or an answer.
type Source struct {
	Variable string // without the dollar sign
	After    string // only what is behind the last of these counts, and nothing where there is none; "" is the whole value
}

// sourceRules say which variables name a place where a value may stand.
type sourceRules struct {
	begins []string // of their names; a name of the operator's follows
	want   string
}

var (
	ofRequests = sourceRules{
		begins: []string{"cookie_", "header_", "query_"},
		want:   "$cookie_NAME, $header_NAME or $query_NAME",
	}
	ofAnswers = sourceRules{
		begins: []string{"upstream_cookie_", "upstream_header_", "cookie_", "header_", "query_"},
		want:   "$upstream_cookie_NAME or $upstream_header_NAME (or one of the request)",
	}
)

// nginxSources are NGINX's beginnings of such names, for those who come from there.
var nginxSources = map[string]string{"arg_": "query_", "http_": "header_", "upstream_http_": "upstream_header_"}

var sourceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// sources reads one of them or several.
func sources(dst *[]Source, rules sourceRules) func(value) {
	return func(v value) {
		*dst = nil
		read := func(item value) {
			var s Source
			if item.node.Kind == yaml.MappingNode {
				item.object(fields{
					"variable": need(rules.want, source(&s.Variable, rules)),
					"after":    may(one(&s.After, wantAfter, func(s string) (string, bool) { return s, s != "" && isVisibleASCII(s) })),
				})
			} else {
				source(&s.Variable, rules)(item)
			}
			*dst = append(*dst, s)
		}
		if v.node.Kind == yaml.SequenceNode {
			v.list("a variable", 1, read)
			return
		}
		read(v)
	}
}

const wantAfter = `what stands before the part that counts, like "."`

func source(dst *string, rules sourceRules) func(value) {
	return func(v value) {
		s, ok := v.scalar(rules.want)
		if !ok {
			return
		}
		name, dollar := strings.CutPrefix(s, "$")
		for _, begin := range rules.begins {
			if rest, ok := strings.CutPrefix(name, begin); ok && dollar && sourceName.MatchString(rest) {
				*dst = name
				return
			}
		}
		for nginx, ours := range nginxSources {
			if rest, ok := strings.CutPrefix(name, nginx); ok && rest != "" {
				v.fail("%s: did you mean %s? want %s", Show(s), Show("$"+ours+rest), rules.want)
				return
			}
		}
		v.refuse(s, rules.want)
	}
}

func documentSource(s Source) any {
	if s.After == "" {
		return "$" + s.Variable
	}
	return map[string]any{"variable": "$" + s.Variable, "after": s.After}
}
