package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Origin is where a value in force comes from: a place in the file or, as the zero value,
// its default.
type Origin struct {
	File      string   // as it was given; "" is the default
	Line, Col int      // of the value, from 1
	Env       []string // the variables of the environment that it refers to
}

// String is the place, FILE:LINE:COL, or default.
func (o Origin) String() string {
	if o.File == "" {
		return "default"
	}
	return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Col)
}

// origins are where the scalars and the lists of a file stand, by path. nil notes none.
type origins map[string]Origin

var envReference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)`)

func (o origins) note(v value) {
	if o == nil {
		return
	}
	at := Origin{File: v.in.file, Line: v.node.Line, Col: v.node.Column}
	for _, n := range append([]*yaml.Node{v.node}, v.node.Content...) { // the items of a list, too
		for _, m := range envReference.FindAllStringSubmatch(n.Value, -1) {
			if !slices.Contains(at.Env, m[1]) {
				at.Env = append(at.Env, m[1])
			}
		}
	}
	o[v.path] = at
}

// of is the origin of what stands at a path of the document. A file may have it in a
// shorter way, one value where there could be a list or a mapping, and the names of
// headers in any case.
func (o origins) of(path string) Origin {
	alone := path
	if i := strings.LastIndex(path, "[0]"); i >= 0 {
		alone = path[:i] + path[i+len("[0]"):]
	}
	for _, p := range []string{path, alone, strings.TrimSuffix(path, ".address"), path + ".variable", alone + ".variable", path + ".prefix"} {
		if at, ok := o[p]; ok {
			return at
		}
	}
	for p, at := range o {
		if strings.EqualFold(p, path) {
			return at
		}
	}
	return Origin{}
}
