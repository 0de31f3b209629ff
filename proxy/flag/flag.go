package flag

import (
	"encoding/json"

	"weir/balancer/murmur"
)

// Flag is a flag made ready to be decided. It does not change.
type Flag struct {
	key       string
	index     int
	file      string
	line      int
	kind      Kind
	disabled  bool
	variants  []*Variant
	standard  *Variant // nil: none
	rule      rule     // nil: none, everybody gets the standard variant
	clock     bool     // the rule looks at the time
	targeting json.RawMessage
	metadata  json.RawMessage
	written   place       // of rule, for those who want to know how it came to what it says
	hash      murmur.Hash // fed with the key
}

// Variant is one of the values that a flag can have. It does not change.
type Variant struct {
	name  string
	index int
	value json.RawMessage
}

// Name is what rules, operators and headers call the variant.
func (v *Variant) Name() string { return v.name }

// Index is the variant's place in Flag.Variants.
func (v *Variant) Index() int { return v.index }

// Value is what applications get, as JSON. It is not to be written.
func (v *Variant) Value() json.RawMessage { return v.value }

// Key is the flag's name.
func (f *Flag) Key() string { return f.key }

// Index is the flag's place in Set.Flags: from 0, without gaps.
func (f *Flag) Index() int { return f.index }

// Place is the file that has the flag, and the line.
func (f *Flag) Place() (file string, line int) { return f.file, f.line }

// Kind is what the values of all variants are: Bool, Number, Text or Object.
func (f *Flag) Kind() Kind { return f.kind }

// Disabled reports whether the file says DISABLED.
func (f *Flag) Disabled() bool { return f.disabled }

// Variants are the flag's variants in the file's order, at least one. They are not to be
// written.
func (f *Flag) Variants() []*Variant { return f.variants }

// Variant is the variant of a name, nil if there is none.
func (f *Flag) Variant(name string) *Variant {
	for _, v := range f.variants {
		if v.name == name {
			return v
		}
	}
	return nil
}

// Default is what those get whom the rule leaves alone, nil if that is the application's
// own default.
func (f *Flag) Default() *Variant { return f.standard }

// Targeting is the rule as it is written, as JSON; nil if there is none. It is not to be
// written.
func (f *Flag) Targeting() json.RawMessage { return f.targeting }

// Metadata is the flag's metadata over that of its file, an object; nil if there is none.
// It is not to be written.
func (f *Flag) Metadata() json.RawMessage { return f.metadata }

// AsksClock reports whether the rule looks at the time: it may then decide otherwise though
// nothing has changed.
func (f *Flag) AsksClock() bool { return f.clock }
