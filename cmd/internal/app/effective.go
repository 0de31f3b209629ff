package app

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"weir/config"
)

// Setting is one value in force, for people and machines.
type Setting struct {
	Key   string   `json:"key"`
	Value any      `json:"value"`
	From  string   `json:"from"`          // FILE:LINE:COL, or default
	Env   []string `json:"env,omitempty"` // the variables of the environment that it refers to
}

// Effective is every value of the file at path that would be in force, without secrets.
// Of NGINX's configuration, a file that ends in .conf, it is what an import makes of it.
func Effective(path string) ([]Setting, error) {
	if filepath.Ext(path) != ".conf" {
		data, err := config.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return effective(path, data, config.Origin.String)
	}
	res, err := new(NGINX).read(path)
	if err != nil {
		return nil, err
	}
	if err := res.Report.Err(false); err != nil {
		return nil, err
	}
	lines := bytes.Split(res.Text, []byte("\n"))
	return effective(path, res.Text, func(o config.Origin) string {
		if o.File == "" {
			return o.String()
		}
		return directive(lines, o.Line, path)
	})
}

func effective(path string, data []byte, from func(config.Origin) string) ([]Setting, error) {
	_, settings, err := config.Effective(path, data)
	if err != nil {
		return nil, err
	}
	out := make([]Setting, len(settings))
	for i, s := range settings {
		out[i] = Setting{Key: s.Key, Value: s.Value, From: from(s.Origin), Env: s.Origin.Env}
	}
	return out, nil
}

// imported is how an import says, ahead of a block, which directive it is made of.
var imported = regexp.MustCompile(`^( *)# (\S+:[0-9]+) `)

// directive is the directive that a line of an import is made of: the one that is said
// ahead of it, or of a block that it is in. What is made of several, or of NGINX's
// defaults, is the file's.
func directive(lines [][]byte, line int, file string) string {
	depth := indent(lines[line-1])
	for i := line - 2; i >= 0 && depth >= 0; i-- {
		if m := imported.FindSubmatch(lines[i]); m != nil && len(m[1]) <= depth {
			return string(m[2])
		}
		switch d := indent(lines[i]); {
		case bytes.HasPrefix(lines[i][d:], []byte("#")) || d == len(lines[i]): // nothing
		case d < depth:
			depth = d // of the block that the line is in
		case d == depth:
			depth-- // a neighbour, whose directive is none of this line's
		}
	}
	return file
}

func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }

// String is the value as a file could have it.
func (s Setting) String() string {
	switch v := s.Value.(type) {
	case string:
		if d, err := time.ParseDuration(v); err == nil {
			return config.ShowDuration(d)
		}
		if v == "" || strings.ContainsFunc(v, unicode.IsControl) {
			return strconv.Quote(v)
		}
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = Setting{Value: w}.String()
		}
		return "[" + strings.Join(words, ", ") + "]"
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(s.Value)
}
