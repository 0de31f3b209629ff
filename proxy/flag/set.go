package flag

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"weir/balancer/murmur"
)

// Set is all flags of a configuration, made ready to be decided. It does not change, and
// may be used by everybody at once.
type Set struct {
	flags    []*Flag
	byKey    map[string]*Flag
	segments map[string]*Segment
	names    []string
	metadata json.RawMessage
	sum      [sha256.Size]byte
}

// Compile makes a set of files, or says all that is wrong with them, file by file as they
// stand. Flags and shared rules of all files are one: a key or a name stands in one of
// them, and rules may refer to the shared rules of another file.
func Compile(files []*File) (*Set, []Problem) {
	d := definitions{flagAt: make(map[string]spot), sharedAt: make(map[string]spot)}
	for _, f := range files {
		d.file(f)
	}
	if n := len(d.flags); n > maxFlags {
		d.flags[maxFlags].at.fail("%d flags: want up to %d", n, maxFlags)
		return nil, d.problems()
	}
	s := &Set{byKey: make(map[string]*Flag), segments: make(map[string]*Segment)}
	c := compiler{segments: s.segments, index: make(map[string]int)}
	c.attribute(targetingKey)
	for _, r := range d.shared {
		s.segments[r.name] = c.segment(r)
	}
	for _, def := range d.flags {
		c.flag(def)
		s.flags = append(s.flags, def.flag)
		s.byKey[def.flag.key] = def.flag
	}
	if wrong := d.problems(); len(wrong) > 0 {
		return nil, wrong
	}
	slices.SortFunc(s.flags, func(a, b *Flag) int { return cmp.Compare(a.key, b.key) })
	for i, f := range s.flags {
		f.index = i
	}
	s.names, s.sum = c.names, sumOf(files)
	if len(files) > 0 {
		s.metadata = object(common(d.metadata))
	}
	return s, nil
}

// problems are all problems, file by file as they stand.
func (d *definitions) problems() []Problem {
	var out []Problem
	for _, in := range d.in {
		slices.SortStableFunc(in.problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		out = append(out, in.problems...)
	}
	return out
}

// flag compiles the rule of a flag.
func (c *compiler) flag(def *definition) {
	f := def.flag
	f.hash = murmur.Hash{}.Add([]byte(f.key))
	f.metadata = object(def.metadata)
	p := def.targeting
	if p == nil || p.node.Kind == Null || !p.is(Object, "a rule") || len(p.node.Members) == 0 {
		return
	}
	f.targeting = p.node.appendJSON(nil)
	c.clock = false
	f.rule, f.written = c.compile(*p).run, *p
	f.clock = c.clock
	f.chosen(*p)
}

// Flags are all flags, sorted by key. They are not to be written.
func (s *Set) Flags() []*Flag { return s.flags }

// Flag is the flag of a key, nil if there is none.
func (s *Set) Flag(key string) *Flag { return s.byKey[key] }

// Segment is the shared rule of a name, nil if there is none.
func (s *Set) Segment(name string) *Segment { return s.segments[name] }

// Segments are the names of all shared rules, sorted.
func (s *Set) Segments() []string {
	names := make([]string, 0, len(s.segments))
	for name := range s.segments {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Names are the attributes that rules look at, without what they look at within them:
// user of user.name. The first is targetingKey. It is not to be written.
func (s *Set) Names() []string { return s.names }

// Metadata is what all files say of themselves alike, an object; nil if that is nothing.
func (s *Set) Metadata() json.RawMessage { return s.metadata }

// Sum tells what is defined from anything else: two sets with the same one decide alike, in
// this process and in others.
func (s *Set) Sum() [sha256.Size]byte { return s.sum }

// sumOf is of all that files say, however it is laid out.
func sumOf(files []*File) (out [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range files {
		if f.Root != nil {
			_, _ = h.Write(append(f.Root.appendJSON(nil), '\n')) // a hash takes everything
		}
	}
	h.Sum(out[:0])
	return out
}

// Segment is a shared rule as a condition: who is internal, who is in the beta.
type Segment struct {
	name    string
	rule    operand
	written place // of rule
	clock   bool
}

// Name is what rules and rollouts call the segment.
func (s *Segment) Name() string { return s.name }

// AsksClock reports whether the segment's rule looks at the time.
func (s *Segment) AsksClock() bool { return s.clock }

// Holds reports whether somebody is in the segment. A rule with too much to do holds for
// nobody.
func (s *Segment) Holds(c *Context) bool {
	c.begin(nil)
	return s.holds(c)
}

func (s *Segment) holds(c *Context) bool {
	ok := s.rule.holds(c) && c.work >= 0
	c.work = maxWork // what comes after it is not to suffer for it
	return ok
}
