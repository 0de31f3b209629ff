package flag

import (
	"math"
	"strings"
	"unicode"

	"weir/config/spell"
)

// definition is a flag as its file has it, before its rule is compiled.
type definition struct {
	flag      *Flag
	at        place
	targeting *place // nil: none
	metadata  []Member
}

// shared is a rule under $evaluators.
type shared struct {
	name string
	at   place
}

// definitions is what files define.
type definitions struct {
	in       []*reader // of each file
	flags    []*definition
	shared   []shared
	metadata [][]Member      // of each file
	flagAt   map[string]spot // where a flag is, by key
	sharedAt map[string]spot
}

// spot is where something was defined first.
type spot struct {
	file string
	line int
}

// taken records that there is a name already.
func (s spot) taken(at place, what string) {
	if s.file == at.in.file {
		at.failName("a second %s of this name: want it once, it is already on line %d", what, s.line)
		return
	}
	at.failName("a second %s of this name: want it once, it is already in %s on line %d", what, s.file, s.line)
}

const (
	wantFile  = "an object with flags, and with $evaluators and metadata where needed"
	wantFlags = "an object of flags by key, or a list of flags with their keys"
	wantFlag  = "a flag: an object with state and variants, and with defaultVariant, targeting and metadata where needed"
	wantKey   = "a key of 1 to 200 characters, without control characters and spaces at the ends"
)

// file reads one file.
func (d *definitions) file(f *File) {
	in := &reader{file: f.Name}
	d.in = append(d.in, in)
	root := place{in: in, node: f.Root}
	var flags *place
	var metadata []Member
	begin := len(d.flags)
	isObject := root.object(wantFile, map[string]func(place){
		"$schema":     func(p place) { p.is(Text, "the address of a schema") },
		"metadata":    func(p place) { metadata = p.metadata() },
		"$evaluators": d.evaluators,
		"flags":       func(p place) { flags = &p },
	})
	switch {
	case flags != nil:
		d.flagsOf(*flags)
	case isObject:
		root.lacks("flags", wantFlags)
	}
	for _, def := range d.flags[begin:] {
		def.metadata = merged(metadata, def.metadata)
	}
	d.metadata = append(d.metadata, metadata)
}

// evaluators reads the rules that flags share.
func (d *definitions) evaluators(p place) {
	p.members("an object of rules by name", func(name string, at place) {
		if before, ok := d.sharedAt[name]; ok {
			before.taken(at, "rule")
			return
		}
		d.sharedAt[name] = spot{file: at.in.file, line: at.name.Line}
		if !at.isName(name) {
			return
		}
		d.shared = append(d.shared, shared{name: name, at: at})
	})
}

// isName reports whether a variant, or a shared rule, can be called so: whoever types the
// name of one, or reads a list of them on a terminal, sees what it is.
func (p place) isName(name string) bool {
	switch {
	case name == "":
		p.failName("an empty name: want one of at least one character")
	case strings.ContainsFunc(name, unicode.IsControl):
		p.failName("want a name without control characters")
	default:
		return true
	}
	return false
}

// flagsOf reads the flags of a file, by key or as a list.
func (d *definitions) flagsOf(p place) {
	if p.node.Kind != List {
		p.members(wantFlags, func(key string, at place) {
			d.define(key, at, at)
		})
		return
	}
	for _, at := range p.items() {
		if !at.is(Object, wantFlag) {
			continue
		}
		named := at
		for i, m := range at.node.Members {
			if m.Name == "key" {
				named = at.member(i)
			}
		}
		switch {
		case named.name == nil:
			at.lacks("key", wantKey)
		case named.is(Text, wantKey):
			d.define(named.node.Text, named, at)
		}
	}
}

// define reads one flag; named is where its key stands.
func (d *definitions) define(key string, named, at place) {
	if len(key) > 200 || key == "" || strings.TrimSpace(key) != key || strings.ContainsFunc(key, unicode.IsControl) {
		named.failName("%s: want %s", spell.Quote(key), wantKey)
		return
	}
	if before, ok := d.flagAt[key]; ok {
		before.taken(named, "flag")
		return
	}
	d.flagAt[key] = spot{file: at.in.file, line: named.name.Line}
	f := &Flag{key: key, file: at.in.file, line: named.name.Line}
	def := &definition{flag: f, at: at}
	var variants, standard *place
	known := map[string]func(place){
		"state":          func(p place) { f.disabled = p.state() },
		"variants":       func(p place) { variants = &p },
		"defaultVariant": func(p place) { standard = &p },
		"targeting":      func(p place) { def.targeting = &p },
		"metadata":       func(p place) { def.metadata = p.metadata() },
	}
	if named.path != at.path {
		known["key"] = func(place) {} // of a list
	}
	stated := false
	for _, m := range at.node.Members {
		stated = stated || m.Name == "state"
	}
	if !at.object(wantFlag, known) {
		return
	}
	if !stated {
		at.lacks("state", wantState)
	}
	if variants == nil {
		at.lacks("variants", wantVariants)
	} else {
		f.variantsOf(*variants)
	}
	if standard != nil && f.variants != nil {
		f.standard = standard.variant(f)
	}
	d.flags = append(d.flags, def)
}

const wantState = "ENABLED or DISABLED"

// state reads whether a flag is off.
func (p place) state() (disabled bool) {
	if !p.is(Text, wantState) {
		return false
	}
	if s := p.node.Text; s != "ENABLED" && s != "DISABLED" {
		p.fail("%s%s", spell.Show(s), spell.Allowed(s, []string{"ENABLED", "DISABLED"}))
	}
	return p.node.Text == "DISABLED"
}

const wantVariants = "an object of values by name, at least one, all true or false, all numbers, all texts or all objects"

// exact is the greatest whole number that all readers of JSON keep.
const exact = 1<<53 - 1

// variantsOf reads the values that a flag can have.
func (f *Flag) variantsOf(p place) {
	if p.node.Kind == Object && len(p.node.Members) == 0 {
		p.fail("an empty object: want %s", wantVariants)
		return
	}
	p.members(wantVariants, func(name string, at place) {
		switch n := at.node; {
		case !at.isName(name):
			return
		case n.Kind == Null || n.Kind == List:
			at.fail("%s: want true or false, a number, a text or an object", n.Kind)
			return
		case n.Kind == Number && (math.Abs(n.Number) > exact && n.Number == math.Trunc(n.Number)):
			at.fail("%s: want a number that every reader keeps: whole ones from %d to %d", at.shown(), -exact, exact)
			return
		case len(f.variants) > 0 && n.Kind != f.kind:
			at.fail("%s: want %s, as the variant %s has", n.Kind, f.kind, spell.Show(f.variants[0].name))
			return
		}
		f.kind = at.node.Kind
		f.variants = append(f.variants, &Variant{name: name, index: len(f.variants), value: at.node.appendJSON(nil)})
	})
}

// variant reads the name of a variant, or null for none.
func (p place) variant(f *Flag) *Variant {
	if p.node.Kind == Null || !p.is(Text, "the name of a variant, or null") {
		return nil
	}
	v := f.Variant(p.node.Text)
	if v == nil {
		p.fail("%s is no variant%s", spell.Show(p.node.Text), spell.Allowed(p.node.Text, f.names()))
	}
	return v
}

// names are the names of a flag's variants.
func (f *Flag) names() []string {
	var names []string
	for _, v := range f.variants {
		names = append(names, v.name)
	}
	return names
}
