package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Setting is one value in force.
type Setting struct {
	Key    string // its path, like upstreams.api.timeouts.connect
	Value  any    // as in Document: a scalar, or a list of scalars
	Origin Origin
}

// Effective is Parse, with every value in force and where it comes from: what is written
// in the order of the file, and behind it what is not.
func Effective(file string, data []byte) (*Config, []Setting, error) {
	at := origins{}
	c, err := parse(file, data, at, false)
	if err != nil {
		return nil, nil, err
	}
	e := effective{config: c, at: at}
	e.add("", c.Document())
	return c, e.settings, nil
}

type effective struct {
	config   *Config
	at       origins
	settings []Setting
}

// add adds what the document has at a path.
func (e *effective) add(path string, doc any) {
	switch doc := doc.(type) {
	case map[string]any:
		for _, key := range e.inOrder(path, doc) {
			e.add(join(path, key), doc[key])
		}
		return
	case []any:
		if slices.ContainsFunc(doc, isBlock) {
			for i, below := range doc {
				e.add(path+item(i), below)
			}
			return
		}
	}
	from := e.at.of(path)
	if from.File == "" {
		from = e.at.of(e.inherited(path))
	}
	e.settings = append(e.settings, Setting{path, doc, from})
}

func isBlock(doc any) bool {
	_, ok := doc.(map[string]any)
	return ok
}

// inOrder is the keys of a mapping as the file has them; those that it has not, after.
func (e *effective) inOrder(path string, doc map[string]any) []string {
	return slices.SortedFunc(maps.Keys(doc), func(a, b string) int {
		at, aWritten := e.config.places.at[join(path, a)]
		bt, bWritten := e.config.places.at[join(path, b)]
		switch {
		case aWritten && bWritten:
			return cmp.Or(at.line-bt.line, at.col-bt.col)
		case aWritten:
			return -1
		case bWritten:
			return 1
		}
		return strings.Compare(a, b)
	})
}

// inheritances are, by the last key of an endpoint, the keys of its upstream that it has
// the value of when it says nothing itself.
var inheritances = map[string]string{
	"max_conns": "max_conns", "max_fails": "health.passive.max_fails",
	"fail_timeout": "health.passive.fail_timeout", "slow_start": "health.slow_start",
}

// inherited is the path of what holds at a path that is not written; "" if nothing else
// does.
func (e *effective) inherited(path string) string {
	if strings.HasPrefix(path, "routes[") && strings.HasSuffix(path, "].max_body") {
		return "clients.limits.body"
	}
	key := path[strings.LastIndexByte(path, '.')+1:]
	if inheritances[key] == "" || !strings.HasSuffix(path, "]."+key) {
		return ""
	}
	for i := range e.config.Upstreams {
		if u := join("upstreams", e.config.Upstreams[i].Name); strings.HasPrefix(path, u+".versions.") {
			return u + "." + inheritances[key]
		}
	}
	return ""
}
