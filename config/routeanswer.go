package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Redirect answers with a Location.
type Redirect struct {
	Status int  // 301, 302, 303, 307 or 308. Default 301
	To     Text // absolute, or a path on the same host
}

// Respond is a fixed answer.
type Respond struct {
	Status int    // 200..599 without 3xx. Default 200
	Body   string // at most 64 KiB; "" with status 204 and 205
	Type   string // Content-Type of the body. Default text/plain; charset=utf-8
}

const (
	wantUpstream = "the name of an upstream"
	wantTo       = `http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`
	wantBody     = "a text of at most 64 KiB without control characters but line ends and tabs"
)

// safeTo keeps a redirect on the host that the file names: neither "//" nor what a
// client sends can be where the host is read.
var safeTo = regexp.MustCompile(`^((https?|\$scheme)://([A-Za-z0-9_.:\[\]-]|\$host)+([/?#]|\$target|\$path|$)|/($|[^/\\$]))`)

func parseTo(s string) bool {
	return safeTo.MatchString(s) && isVisibleASCII(s) && !strings.ContainsAny(s, "\"<>\\^`{|}")
}

func redirect(dst **Redirect) func(value) {
	return func(v value) {
		d := &Redirect{Status: 301}
		v.object(fields{
			"to": need(wantTo, textOf(&d.To, ownVariables, wantTo, parseTo)),
			"status": may(like(shape{kind: oneWord, words: []string{"301", "302", "303", "307", "308"}}, one(&d.Status, "301, 302, 303, 307 or 308", func(s string) (int, bool) {
				n, ok := parseInt(s)
				return n, ok && slices.Contains([]int{301, 302, 303, 307, 308}, n)
			}))),
		})
		*dst = d
	}
}

// checkRedirects refuses to lead requests over TLS to where they are: browsers go
// round until they give up.
func (r *reader) checkRedirects(c *Config) {
	// Where TLS is ended before Weir, what comes then is another matter.
	for i, rt := range c.Routes {
		if rt.Redirect == nil || rt.Scheme == "http" || rt.Redirect.To.String() != "https://$host$target" || !rt.overTLS(c.Listeners) {
			continue
		}
		path := "routes" + item(i) + ".redirect.to"
		at := r.places[path]
		r.fail(path, at.line, at.col, "leads https to itself: want the route with scheme: http")
	}
}

func respond(dst **Respond) func(value) {
	return func(v value) {
		d := &Respond{Status: 200, Type: "text/plain; charset=utf-8"}
		v.object(fields{
			"status": may(one(&d.Status, "a status from 200 to 599 that is no redirect", func(s string) (int, bool) {
				n, ok := parseInt(s)
				return n, ok && 200 <= n && n <= 599 && n/100 != 3
			})),
			"body": may(bodyText(&d.Body)),
			"type": may(one(&d.Type, "a media type, like text/html", func(s string) (string, bool) {
				return s, isFieldValue(s) && strings.Contains(s, "/")
			})),
		})
		if (d.Status == 204 || d.Status == 205) && d.Body != "" {
			v.fail("a body with status %d: want none", d.Status)
		}
		*dst = d
	}
}

// bodyText reads a text of several lines.
func bodyText(dst *string) func(value) {
	return func(v value) {
		s, ok := v.raw(wantBody)
		if !ok {
			return
		}
		control := func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }
		if len(s) > 64<<10 || strings.ContainsFunc(s, control) {
			v.refuse(s, wantBody)
			return
		}
		*dst = s
	}
}

// checkAnswer checks that the route, which stands at v, leads to one thing and that
// what else it says can be said of that.
func (r *Route) checkAnswer(v value, written map[string]value) {
	if v.node.Kind != yaml.MappingNode {
		return // that is the problem
	}
	var leads []string
	for _, key := range []string{"upstream", "redirect", "respond"} {
		if _, ok := written[key]; ok {
			leads = append(leads, key)
		}
	}
	switch {
	case len(leads) == 0:
		v.lacks("upstream", wantUpstream+", or redirect or respond instead")
		return
	case len(leads) > 1:
		v.fail("%s: want one of upstream, redirect and respond", strings.Join(leads, " and "))
		return
	case leads[0] == "upstream":
		if at, ok := written["version"]; ok && r.When == nil {
			at.failKey("without when: want it with when, otherwise the split says which version a request goes to")
		}
		return
	}
	for _, key := range []string{"rewrite", "request_headers", "max_body", "version"} {
		if at, ok := written[key]; ok {
			at.failKey("nothing is passed on here: want it with upstream")
		}
	}
	for _, h := range slices.Concat(r.Rewrite.Response.Set, r.Rewrite.Response.Append) {
		for _, p := range h.Value {
			if p.Variable != "" && !isVariable(p.Variable, ownVariables) {
				written["response_headers"].failKey("$%s stands for nothing here: want it with upstream", p.Variable)
			}
		}
	}
}

// documentAnswer is where the route leads, in the shape of the file.
func (r *Route) documentAnswer(doc map[string]any) {
	switch {
	case r.Redirect != nil:
		doc["redirect"] = map[string]any{"status": r.Redirect.Status, "to": r.Redirect.To.String()}
	case r.Respond != nil:
		doc["respond"] = map[string]any{"status": r.Respond.Status, "body": r.Respond.Body, "type": r.Respond.Type}
	default:
		doc["upstream"] = r.Upstream
	}
}
