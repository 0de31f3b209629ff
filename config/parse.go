package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// reader collects the problems of one file.
type reader struct {
	file     string
	dir      string // what relative paths are relative to
	places   map[string]place
	problems []Problem
	more     bool    // there were others than problems
	survey   survey  // nil: there is a file to read
	origins  origins // nil: nobody asks

	definitions []value          // files of flags
	flagged     []*flagReference // what is said of flags
}

// mostProblems bounds the answer to a file that is something else altogether,
// and the time that suggestions take.
const mostProblems = 1000

func (r *reader) full() bool { return len(r.problems) == mostProblems }

func (r *reader) fail(path string, line, col int, msg string) {
	if r.full() {
		r.more = true
		return
	}
	r.problems = append(r.problems, Problem{File: r.file, Path: path, Line: max(line, 1), Col: max(col, 1), Msg: msg})
}

// invalid is the problems as an error: those of the file in its order, then those of the
// files that it names.
func (r *reader) invalid() *Invalid {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if own := a.File == r.file; own != (b.File == r.file) {
			return map[bool]int{true: -1, false: 1}[own]
		} else if !own {
			return 0 // in their order already
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	if r.more {
		last := r.problems[len(r.problems)-1]
		last.Path, last.Msg = "", "and more problems: want these fixed first"
		r.problems = append(r.problems, last)
	}
	return &Invalid{File: r.file, Problems: r.problems}
}

// parse turns the text into a tree of nodes and returns its root.
func (r *reader) parse(data []byte) (value, bool) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	lines, col, ok := plainText(data)
	if !ok {
		r.fail("", lines, col, "not plain text: want UTF-8 without control characters and with LF or CR LF at the end of lines")
		return value{}, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && isNull(doc.Content[0]):
		r.fail("", 1, 1, "empty: want at least listeners, upstreams and routes")
		return value{}, false
	case err != nil:
		r.notYAML(err, lines)
		return value{}, false
	}
	// The decoder stops at the end of a document: what follows would be ignored.
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		r.fail("", more.Line, more.Column, "a second document: want one in a file")
	} else if !errors.Is(err, io.EOF) {
		r.notYAML(err, lines)
	}
	return value{in: r, node: doc.Content[0]}, true
}

// yamlLine is the place in an error of the YAML library, which has no column.
var yamlLine = regexp.MustCompile(`^line ([0-9]+): `)

// yamlParser is the errors whose line the library counts from 0: those of its
// parser, as opposed to its scanner (func fail in its decode.go).
var yamlParser = regexp.MustCompile(`^did not find expected (<|key|'-'|node content|',')`)

// notYAML records an error of the YAML library in a file of so many lines.
func (r *reader) notYAML(err error, lines int) {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits; 0 on overflow, which fail corrects
		msg = msg[len(m[0]):]
	}
	if yamlParser.MatchString(msg) {
		line++
		msg += ", here or in what begins here"
	}
	r.fail("", min(line, lines), 1, "not YAML: "+msg) // the end of the file may be past its last line
}

// plainText reports whether data is UTF-8 without control characters, and its
// number of lines; if not, the line and column of the first fault, for which the
// YAML library has no place. Line breaks that YAML 1.1 has beside LF and CR are
// refused, so that its lines are an editor's lines.
func plainText(data []byte) (line, col int, ok bool) {
	line, col = 1, 1
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		i += size
		switch {
		case c == utf8.RuneError && size == 1,
			unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t',
			c == '\u2028', c == '\u2029', c == '\uFEFF', c == '\uFFFE', c == '\uFFFF':
			return line, col, false
		case c == '\n', c == '\r' && !(i < len(data) && data[i] == '\n'):
			line, col = line+1, 1
		default:
			col++
		}
	}
	return line, col, true
}
