package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Pin sends requests with a value to one version, whatever the split says: tests of a
// version that users do not get yet. The first of several that fit has the request.
type Pin struct {
	Header  string   // name of the header that has the value, in lower case; or
	Cookie  string   // of the cookie
	Value   string   // exactly; not empty
	Version string   // name of one of the upstream's versions
	From    []string // networks of the clients that may; empty: all
}

const (
	wantPinValue   = "the value that the header or cookie must have, of visible ASCII with spaces within"
	wantPinVersion = "the name of a version"
)

// pins reads the pins of an upstream. The versions that they name come back as
// references, to be checked when all versions are known.
func pins(dst *[]Pin, refs *[]*reference) func(value) {
	return func(v value) {
		first := map[string]value{}
		v.list("a header or a cookie, a value and a version", 1, func(item value) {
			var p Pin
			problems := len(item.in.problems)
			p.read(item, refs)
			*dst = append(*dst, p)
			if len(item.in.problems) > problems {
				return
			}
			same := fmt.Sprintf("%q", []string{p.Header, strings.ToLower(p.Cookie), p.Value, fmt.Sprint(p.From)})
			if before, ok := first[same]; ok {
				item.fail("the pin of line %d again: want another header, cookie, value or network", before.node.Line)
				return
			}
			first[same] = item
		})
	}
}

func (p *Pin) read(v value, refs *[]*reference) {
	v.object(fields{
		"header": may(one(&p.Header, wantClientHeader, parseClientHeader)),
		"cookie": may(one(&p.Cookie, "a cookie's name", func(s string) (string, bool) { return s, token.MatchString(s) })),
		"value":  need(wantPinValue, one(&p.Value, wantPinValue, func(s string) (string, bool) { return s, s != "" && isFieldValue(s) })),
		"version": need(wantPinVersion, func(v value) {
			ref := refer(v, wantPinVersion)
			p.Version = ref.name
			*refs = append(*refs, ref)
		}),
		"from": may(distinct(&p.From, 1, wantNetwork, parseNetwork)),
	})
	if v.node.Kind == yaml.MappingNode && v.has("header") == v.has("cookie") {
		v.fail("want either header or cookie")
	}
	if p.Cookie != "" && strings.ContainsAny(p.Value, "; ") {
		v.fail("%s is no cookie's value: want one without spaces and semicolons", Show(p.Value))
	}
}

// Advice has a line for each thing that can be used and should be looked at.
func (c *Config) Advice() []string {
	var out []string
	if a := c.Admin; a.TokensFile != "" && a.TLS == nil && a.Socket() == "" {
		if host, _, _ := splitAddress(a.Address, 0); !isLoopback(host) {
			out = append(out, c.Problem("tokens travel in clear: want tls, or a network that nobody listens to", "admin", "address").String())
		}
	}
	for i := range c.Upstreams {
		u := &c.Upstreams[i]
		say := func(what string, path ...string) {
			out = append(out, c.Problem(what+": anybody can guess it and so reach the version: want `from`, or a long random value",
				append([]string{"upstreams", u.Name}, path...)...).String())
		}
		for n, p := range u.Pins {
			if guessable(p.Value, p.From) {
				say(Show(p.Value), "pins", fmt.Sprintf("[%d]", n), "value")
			}
		}
		if p := u.Rollout.BlueGreen.Preview; p != nil && p.Header != "" && guessable(p.Value, p.From) {
			say(Show(p.Value), "rollout", "blue_green", "preview", "value")
		}
		tell := func(what string, path ...string) {
			out = append(out, c.Problem(what, append([]string{"upstreams", u.Name}, path...)...).String())
		}
		u.adviseRolling(tell)
		u.adviseCommands(tell)
	}
	return out
}

// guessable says whether a value that opens a version to those who know it is one that
// others could find: it is short, or has little variety, and is taken of everybody.
func guessable(value string, from []string) bool {
	if len(from) > 0 && !slices.ContainsFunc(from, func(n string) bool { return strings.HasSuffix(n, "/0") }) {
		return false
	}
	seen := map[rune]bool{}
	for _, c := range value {
		seen[c] = true
	}
	return len(value) < 16 || len(seen) < 8
}

func (p *Pin) document() map[string]any {
	doc := map[string]any{"value": p.Value, "version": p.Version}
	if p.Header != "" {
		doc["header"] = p.Header
	}
	if p.Cookie != "" {
		doc["cookie"] = p.Cookie
	}
	if len(p.From) > 0 {
		doc["from"] = p.From
	}
	return doc
}
