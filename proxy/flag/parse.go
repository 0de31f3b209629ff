package flag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a file of definitions in JSON; name is how problems call it. With problems
// there is no file. What the values mean is looked at by Compile.
func Parse(name string, data []byte) (*File, []Problem) {
	p := parser{file: name, data: data}
	if wrong := p.check(); wrong != nil {
		return nil, []Problem{*wrong}
	}
	p.dec = json.NewDecoder(bytes.NewReader(data))
	root, wrong := p.value(0)
	if wrong != nil {
		return nil, []Problem{*wrong}
	}
	return &File{Name: name, Root: root}, nil
}

// parser makes nodes of JSON. The text was found to be JSON before the first token is
// taken, so only bounds can be missed on the way.
type parser struct {
	file string
	data []byte
	dec  *json.Decoder
	// Where the token before ended, as line and column count.
	at, line, col int
}

func (p *parser) problem(line, col int, format string, args ...any) *Problem {
	return &Problem{File: p.file, Line: line, Col: col, Msg: fmt.Sprintf(format, args...)}
}

// check finds what is no JSON.
func (p *parser) check() *Problem {
	p.line, p.col = 1, 1
	if len(p.data) > maxFile {
		return p.problem(1, 1, "%d bytes: want a file of up to %d", len(p.data), maxFile)
	}
	if len(bytes.TrimSpace(p.data)) == 0 {
		return p.problem(1, 1, "empty: want an object with flags")
	}
	if !utf8.Valid(p.data) {
		bad := 0
		for rest := p.data; ; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size <= 1 {
				break
			}
			rest, bad = rest[size:], bad+size
		}
		line, col := p.place(bad)
		return p.problem(line, col, "not UTF-8: want JSON in UTF-8")
	}
	var whole json.RawMessage
	err := json.Unmarshal(p.data, &whole)
	if err == nil {
		return nil
	}
	at := len(p.data)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = max(int(syntax.Offset)-1, 0)
	}
	line, col := p.place(at)
	return p.problem(line, col, "%s: want JSON", strings.TrimPrefix(err.Error(), "json: "))
}

// place is where the byte at an offset stands: not before the last place asked for.
func (p *parser) place(offset int) (line, col int) {
	for ; p.at < offset; p.at++ {
		switch b := p.data[p.at]; {
		case b == '\n':
			p.line, p.col = p.line+1, 1
		case utf8.RuneStart(b):
			p.col++
		}
	}
	return p.line, p.col
}

// next is the next token and where it begins.
func (p *parser) next() (t json.Token, line, col int) {
	begin := int(p.dec.InputOffset())
	for bytes.IndexByte([]byte(" \t\r\n,:"), p.data[begin]) >= 0 {
		begin++
	}
	line, col = p.place(begin)
	t, err := p.dec.Token()
	if err != nil {
		panic("BUG: JSON that is none after all: " + err.Error())
	}
	return t, line, col
}

// value reads the next value, which is depth values deep.
func (p *parser) value(depth int) (*Node, *Problem) {
	p.dec.UseNumber()
	t, line, col := p.next()
	n := &Node{Line: line, Col: col}
	switch t := t.(type) {
	case bool:
		n.Kind, n.Bool = Bool, t
	case string:
		n.Kind, n.Text = Text, t
	case json.Number:
		f, err := t.Float64()
		if err != nil {
			return nil, p.problem(line, col, "%s: want a number that fits 64 bits", t)
		}
		n.Kind, n.Number = Number, f
	case json.Delim:
		if depth == maxDepth {
			return nil, p.problem(line, col, "values in values, %d deep: want fewer", depth+1)
		}
		return n, p.inside(n, t, depth+1)
	}
	return n, nil
}

// inside reads what a list or an object holds, to its end.
func (p *parser) inside(n *Node, open json.Delim, depth int) *Problem {
	n.Kind = List
	if open == '{' {
		n.Kind = Object
	}
	for p.dec.More() {
		var m Member
		if n.Kind == Object {
			t, line, col := p.next()
			m = Member{Name: t.(string), Line: line, Col: col}
		}
		v, wrong := p.value(depth)
		if wrong != nil {
			return wrong
		}
		if m.Value = v; n.Kind == Object {
			n.Members = append(n.Members, m)
		} else {
			n.Items = append(n.Items, v)
		}
	}
	p.next() // the bracket that closes
	return nil
}
