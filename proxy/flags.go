package proxy

import (
	"fmt"
	"slices"
	"strings"

	"weir/proxy/flag"
	"weir/proxy/internal/http1"
	"weir/proxy/internal/routing"
)

// Flags is what requests see of flags in one generation. Nothing of it is written once a
// snapshot has it, except what is called live.
type Flags struct {
	set     *flag.Set
	layers  []*flag.Layer // by the flags' places; nil where nothing is set
	live    []*FlagLive   // the same; nil: no request of users asks for the flag
	sources []attribute   // by the attributes' places in Set.Names
	tokens  *Tokens       // nil: no attribute is a claim
	headers []passedOn
	baggage []passedOn
}

// FlagsOptions describe Flags.
type FlagsOptions struct {
	Set     *flag.Set
	Layers  map[string]*flag.Layer // what is set over the definitions, by key
	Live    map[string]*FlagLive   // outlives generations; by key, of the flags that requests ask for
	Sources map[string]AttributeSource
	Tokens  *Tokens // needed where a source is a claim

	// Headers and Baggage are keys of flags whose decisions go upstream: in X-Flag-KEY, and
	// in an entry flag.KEY of the header baggage. Keys are tokens (RFC 9110), and variants
	// that go into headers visible ASCII.
	Headers, Baggage []string
}

// AttributeSource is where an attribute of requests comes from: one of the first four,
// and what it is where that has nothing.
type AttributeSource struct {
	Header, Cookie string // names in lower case; the first one of the name
	ClientIP       bool   // the client's address, as text
	Claim          string // of a token that is believed

	Static flag.Value // null: nothing
}

// passedOn is a flag whose decision goes upstream: what stands before the variant, and
// the flag's place.
type passedOn struct {
	begin string
	at    int
}

// NewFlags makes the options ready.
func NewFlags(o FlagsOptions) (*Flags, error) {
	f := &Flags{set: o.Set, tokens: o.Tokens}
	all := o.Set.Flags()
	f.layers, f.live = make([]*flag.Layer, len(all)), make([]*FlagLive, len(all))
	for i, d := range all {
		f.layers[i], f.live[i] = o.Layers[d.Key()], o.Live[d.Key()]
	}
	names := o.Set.Names()
	f.sources = make([]attribute, len(names))
	for i, name := range names {
		var err error
		if f.sources[i], err = newAttribute(o.Sources[name], o.Tokens); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	for _, list := range []struct {
		keys  []string
		begin string
		to    *[]passedOn
	}{{o.Headers, http1.FlagField, &f.headers}, {o.Baggage, http1.FlagEntry, &f.baggage}} {
		for _, key := range list.keys {
			d := o.Set.Flag(key)
			if d == nil {
				return nil, fmt.Errorf("flag %s is passed on, and there is none", key)
			}
			between := ": "
			if list.begin == http1.FlagEntry {
				between = "="
			}
			*list.to = append(*list.to, passedOn{list.begin + key + between, d.Index()})
		}
	}
	return f, nil
}

// With is f with other layers, by key: the definitions and all else are the same.
func (f *Flags) With(layers map[string]*flag.Layer) *Flags {
	next := *f
	next.layers = make([]*flag.Layer, len(f.layers))
	for i, d := range f.set.Flags() {
		next.layers[i] = layers[d.Key()]
	}
	return &next
}

// Set is the definitions.
func (f *Flags) Set() *flag.Set { return f.set }

// Layer is what is set over the definition of a flag; nil: nothing.
func (f *Flags) Layer(d *flag.Flag) *flag.Layer { return f.layers[d.Index()] }

// When is a condition of a route on what a flag says for a request.
type When = routing.When

// place finds a flag by its place in the generation that a condition is of, which is
// another one where definitions have changed while a request was under way; -1: it is
// gone.
func (f *Flags) place(at int, key string) int {
	all := f.set.Flags()
	if at < len(all) && all[at].Key() == key {
		return at
	}
	if d := f.set.Flag(key); d != nil {
		return d.Index()
	}
	return -1
}

// check refuses a condition on what there is not, and finds the flag's place.
func (f *Flags) check(w *When) (*When, error) {
	if f == nil {
		return nil, fmt.Errorf("flag %s: there are no flags", w.Flag)
	}
	d := f.set.Flag(w.Flag)
	if d == nil {
		return nil, fmt.Errorf("flag %s: there is none", w.Flag)
	}
	for _, name := range w.Variants {
		if d.Variant(name) == nil {
			return nil, fmt.Errorf("flag %s: no variant %s", w.Flag, name)
		}
	}
	return &When{Flag: w.Flag, Variants: slices.Clone(w.Variants), At: d.Index()}, nil
}

// attribute is an AttributeSource made ready.
type attribute struct {
	from   source
	name   string // of the header or the cookie
	claim  int    // place among the claims of Tokens
	static flag.Value
}

type source uint8

const (
	nowhere source = iota
	aHeader
	aCookie
	theClient
	aClaim
)

func newAttribute(s AttributeSource, tokens *Tokens) (attribute, error) {
	a := attribute{static: s.Static}
	switch {
	case s.Header != "":
		a.from, a.name = aHeader, strings.ToLower(s.Header)
	case s.Cookie != "":
		a.from, a.name = aCookie, strings.ToLower(s.Cookie)
	case s.ClientIP:
		a.from = theClient
	case s.Claim != "":
		a.from = aClaim
		if tokens != nil {
			a.claim = slices.Index(tokens.claims, s.Claim)
		}
		if tokens == nil || a.claim < 0 {
			return a, fmt.Errorf("claim %s of no token", s.Claim)
		}
	}
	return a, nil
}
