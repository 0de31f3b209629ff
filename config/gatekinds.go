package config

import (
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// GateHTTP is a request that says yes with a status of 200 to 299 and no with one of
// 400 to 499.
type GateHTTP struct {
	URL     string // http or https
	Method  string // in capitals. Default POST
	Headers []Pair // of the request, sorted by name; names in lower case
}

// GatePrometheus is a query that gives one number.
type GatePrometheus struct {
	URL     string // of the server, http or https, without /api/v1/query
	Query   string // with {{from}}, {{to}} and {{upstream}}
	Headers []Pair
	Bounds
}

// GateJSON is a document with a value in it.
type GateJSON struct {
	URL     string // with {{from}}, {{to}} and {{upstream}}
	Path    string // the keys and, of lists, the numbers from 0 that lead to the value, with dots between. "": all of it
	Headers []Pair
	Equals  string // the value as text: what a string says, or the number, true, false or null; "": there are bounds
	Bounds
}

// Bounds are what a number must lie between, both included. At least one is there.
type Bounds struct {
	Min, Max *float64 // nil: no bound
}

// asking is what differs between the gates of upstreams and those of flags.
type asking struct {
	points       []string
	writes       bool     // they can be held
	placeholders []string // what a query or a URL can have in {{ }}: what the rollout goes from and to, and whose it is
	wantQuery    string
}

var (
	gatesOfUpstreams = asking{
		points: GatePoints, writes: true, placeholders: []string{"from", "to", "upstream"},
		wantQuery: "a query, with {{from}}, {{to}} and {{upstream}} for the versions and the upstream",
	}
	// What a variant was before is not used up by anything, so there is no after_finish.
	gatesOfFlags = asking{
		points:       []string{BeforeStart, BeforeStep, BeforeSwitch, AfterSwitch, BeforeFinish, OnRevert},
		placeholders: []string{"flag", "from", "to"},
		wantQuery:    "a query, with {{from}}, {{to}} and {{flag}} for the variants and the flag",
	}
)

const (
	wantURL      = "a URL with http or https and a host, like http://127.0.0.1:9000/gate"
	wantCommand  = "a word of the command, of at least one character"
	wantJSONPath = `keys and numbers with dots between them, like "data.items.0.state"`
	wantBound    = "a number, like 0.99"
)

func gateHTTP(dst **GateHTTP) func(value) {
	return func(v value) {
		h := &GateHTTP{Method: "POST"}
		v.object(fields{
			"url":     need(wantURL, gateURL(&h.URL, nil)),
			"method":  may(one(&h.Method, wantMethod, parseMethod)),
			"headers": may(pairs(&h.Headers, gatePairs)),
		})
		*dst = h
	}
}

func (a *asking) prometheus(dst **GatePrometheus) func(value) {
	return func(v value) {
		p := &GatePrometheus{}
		v.object(p.keys(fields{
			"url":     need(wantURL, gateURL(&p.URL, nil)),
			"query":   need(a.wantQuery, a.query(&p.Query)),
			"headers": may(pairs(&p.Headers, gatePairs)),
		}))
		p.check(v, "min, max or both")
		*dst = p
	}
}

func (a *asking) json(dst **GateJSON) func(value) {
	return func(v value) {
		j := &GateJSON{}
		var equals value
		v.object(j.keys(fields{
			"url":     need(wantURL, gateURL(&j.URL, a.placeholders)),
			"path":    may(one(&j.Path, wantJSONPath, func(s string) (string, bool) { return s, s == "" || !slices.Contains(strings.Split(s, "."), "") })),
			"headers": may(pairs(&j.Headers, gatePairs)),
			"equals": may(func(v value) {
				equals = v
				one(&j.Equals, "the value, of at least one character", func(s string) (string, bool) { return s, s != "" })(v)
			}),
		}))
		*dst = j
		switch {
		case equals.key == nil:
			j.check(v, "equals, min or max")
		case j.Min != nil || j.Max != nil:
			equals.failKey("a value beside bounds: want one of them")
		}
	}
}

// keys adds the bounds to what is read beside them.
func (b *Bounds) keys(f fields) fields {
	for key, dst := range map[string]**float64{"min": &b.Min, "max": &b.Max} {
		f[key] = may(func(v value) {
			if v.in.survey == nil { // else there is no bound unless one is written
				*dst = new(float64)
			}
			number(*dst, wantBound, within(math.Inf(-1), math.Inf(1)))(v)
		})
	}
	return f
}

func (b *Bounds) check(v value, want string) {
	switch {
	case v.node.Kind != yaml.MappingNode: // that is the problem
	case b.Min == nil && b.Max == nil:
		v.fail("any answer would pass: want %s", want)
	case b.Min != nil && b.Max != nil && *b.Min > *b.Max:
		v.fail("no number lies between %v and %v: want min below max", *b.Min, *b.Max)
	}
}

// gateExec reads a command. One with a slash is a file, relative to the configuration's
// folder; another is looked for in Weir's PATH, each time.
func gateExec(dst *[]string) func(value) {
	return func(v value) {
		v.list(wantCommand, 1, func(item value) {
			var s string
			one(&s, wantCommand, func(s string) (string, bool) { return s, s != "" })(item)
			if s != "" && len(*dst) == 0 && strings.Contains(s, "/") && !filepath.IsAbs(s) {
				s = filepath.Join(v.in.dir, s)
			}
			*dst = append(*dst, s)
		})
	}
}

// gateURL reads where a gate is asked; known are the placeholders that it may have.
func gateURL(dst *string, known []string) func(value) {
	return func(v value) {
		s, ok := v.scalar(wantURL)
		if !ok || !v.checkPlaceholders(s, known) {
			return
		}
		u, err := url.Parse(FillPlaceholders(s, func(string) string { return "x" }))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			v.refuse(s, wantURL)
			return
		}
		*dst = s
	}
}

// query reads a text that may have all placeholders.
func (a *asking) query(dst *string) func(value) {
	return func(v value) {
		s, ok := v.scalar(a.wantQuery)
		switch {
		case !ok || !v.checkPlaceholders(s, a.placeholders):
		case strings.TrimSpace(s) == "":
			v.refuse(s, a.wantQuery)
		default:
			*dst = s
		}
	}
}

// checkPlaceholders records what in {{ }} is none of the known ones.
func (v value) checkPlaceholders(s string, known []string) bool {
	ok := true
	FillPlaceholders(s, func(name string) string {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			v.fail("%s: want no placeholder here", Show("{{"+name+"}}"))
			ok = false
		default:
			v.fail("%s is no placeholder%s", Show("{{"+name+"}}"), allowed(name, known))
			ok = false
		}
		return ""
	})
	return ok
}

// FillPlaceholders puts what value says in the place of each {{name}}. A {{ without
// its end stands for itself.
func FillPlaceholders(s string, value func(name string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(before)
		b.WriteString(value(strings.TrimSpace(name)))
		s = after
	}
}

// gatePairs are the headers of a gate's request, of which Weir says some itself.
var gatePairs = pairRules{
	what:      "a mapping of header names to values",
	wantName:  `a header's name of letters, digits and "-": not Host, Content-Type, Idempotency-Key, framing or headers of one hop like Connection`,
	wantValue: "the value to send, of visible ASCII with spaces within",
	secret:    true,
	fold:      true,
	name: func(s string) bool {
		s = strings.ToLower(s)
		return checkPairs.name(s) && s != "host" && s != "content-type" && s != "idempotency-key"
	},
	value: isFieldValue,
}
