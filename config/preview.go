package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Preview is who reaches the candidate of a blue_green rollout before its switch:
// requests with a header of that value, requests of a listener, or both.
type Preview struct {
	Header   string   // in lower case; "": none
	Value    string   // exactly; not empty with Header
	From     []string // networks of clients of whom the header is taken; empty: of anybody
	Listener string   // name of one of Config.Listeners; "": none
}

func preview(dst **Preview) func(value) {
	return func(v value) {
		p := &Preview{}
		var header, val, from value
		v.object(fields{
			"header": may(func(v value) {
				header = v
				one(&p.Header, wantClientHeader, parseClientHeader)(v)
			}),
			"value": may(func(v value) {
				val = v
				one(&p.Value, wantPreviewValue, func(s string) (string, bool) { return s, s != "" && isFieldValue(s) })(v)
			}),
			"from": may(func(v value) {
				from = v
				distinct(&p.From, 1, wantNetwork, parseNetwork)(v)
			}),
			"listener": may(one(&p.Listener, "the name of a listener", func(s string) (string, bool) { return s, s != "" })),
		})
		*dst = p
		if v.node.Kind != yaml.MappingNode {
			return // that is the problem
		}
		switch {
		case !v.has("header") && !v.has("listener"):
			v.fail("nobody would reach the candidate: want header and value, listener, or both")
		case header.key != nil && val.key == nil:
			v.lacks("value", wantPreviewValue)
		case header.key == nil && val.key != nil:
			val.failKey("a value of no header: want it with header")
		case header.key == nil && from.key != nil:
			from.failKey("of whom no header is taken: want it with header")
		}
	}
}

const (
	wantClientHeader = `a header's name of letters, digits and "-" that the client says: not Host, Cookie, Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`
	wantPreviewValue = "the value that the header must have, of visible ASCII with spaces within"
)

func parseClientHeader(s string) (string, bool) {
	return strings.ToLower(s), headerPairs.name(s)
}

// checkPreviews finds previews whose listener is none of the file's.
func (r *reader) checkPreviews(c *Config) {
	names := make([]string, len(c.Listeners))
	for i := range c.Listeners {
		names[i] = c.Listeners[i].Name
	}
	for i := range c.Upstreams {
		u := &c.Upstreams[i]
		p := u.Rollout.BlueGreen.Preview
		if p == nil || p.Listener == "" {
			continue
		}
		path := join("upstreams", u.Name) + ".rollout.blue_green.preview.listener"
		at := value{in: r, path: path, node: &yaml.Node{Kind: yaml.ScalarNode, Line: r.places[path].line, Column: r.places[path].col}}
		(&reference{at: at, name: p.Listener}).resolve(names)
	}
}

func (p *Preview) document() map[string]any {
	doc := map[string]any{}
	if p.Header != "" {
		doc["header"], doc["value"] = p.Header, p.Value
	}
	if len(p.From) > 0 {
		doc["from"] = list(p.From, func(s string) any { return s })
	}
	if p.Listener != "" {
		doc["listener"] = p.Listener
	}
	return doc
}
