package flag

import (
	"fmt"
	"slices"
	"strconv"

	"weir/config/spell"
)

// reader collects what is wrong with a file of definitions.
type reader struct {
	file     string
	problems []Problem
}

// place is one value of a file and where it stands.
type place struct {
	in   *reader
	path string
	node *Node
	name *Member // what node stands under in an object; nil elsewhere
}

func (r *reader) fail(path string, line, col int, msg string) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{File: r.file, Path: path, Line: line, Col: col, Msg: msg})
	}
}

// fail records a problem of p.
func (p place) fail(format string, args ...any) {
	p.in.fail(p.path, p.node.Line, p.node.Col, fmt.Sprintf(format, args...))
}

// failName records a problem of the name that p stands under.
func (p place) failName(format string, args ...any) {
	p.in.fail(p.path, p.name.Line, p.name.Col, fmt.Sprintf(format, args...))
}

// lacks records that p has no member of that name.
func (p place) lacks(name, want string) {
	p.path = spell.Join(p.path, name)
	p.fail("missing: want %s", want)
}

// is reports whether p is of a kind; if not it records what p is, and want.
func (p place) is(k Kind, want string) bool {
	if p.node.Kind != k {
		p.fail("%s: want %s", p.shown(), want)
	}
	return p.node.Kind == k
}

// shown is p in a message: what it says where that is short, else what it is.
func (p place) shown() string {
	switch p.node.Kind {
	case List, Object:
		return p.node.Kind.String()
	case Text:
		return spell.Quote(p.node.Text)
	}
	return string(p.node.appendJSON(nil))
}

// item is the i-th value of a list.
func (p place) item(i int) place {
	return place{in: p.in, path: p.path + "[" + strconv.Itoa(i) + "]", node: p.node.Items[i]}
}

// items is all values of a list.
func (p place) items() []place {
	out := make([]place, len(p.node.Items))
	for i := range out {
		out[i] = p.item(i)
	}
	return out
}

// member is the i-th member of an object.
func (p place) member(i int) place {
	m := &p.node.Members[i]
	return place{in: p.in, path: spell.Join(p.path, m.Name), node: m.Value, name: m}
}

// members reads the members of an object in the file's order, and reports whether p is
// one; want says of what. A name that is not the first of its kind is a problem, and left
// out.
func (p place) members(want string, member func(name string, at place)) bool {
	if !p.is(Object, want) {
		return false
	}
	first := make(map[string]int)
	for i, m := range p.node.Members {
		at := p.member(i)
		if line, ok := first[m.Name]; ok {
			at.failName("a second time: want it once, it is already on line %d", line)
			continue
		}
		first[m.Name] = m.Line
		member(m.Name, at)
	}
	return true
}

// object reads p as an object with the members that known has readers for, and reports
// whether it is one.
func (p place) object(want string, known map[string]func(place)) bool {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return p.members(want, func(name string, at place) {
		read, ok := known[name]
		if !ok {
			at.failName("unknown key%s", spell.Allowed(name, names))
			return
		}
		read(at)
	})
}
