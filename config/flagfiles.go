package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"weir/proxy/flag"
)

// define reads the files of definitions, and holds against them what is said of flags
// elsewhere. Without any fault of theirs the flags have their set.
func (r *reader) define(f *Flags) {
	var files []*flag.File
	before := len(r.problems)
	for i, name := range f.Files {
		if name == "" {
			return // which is the problem
		}
		data, err := ReadFile(name)
		if err != nil {
			r.definitions[i].fail("%v: want %s", err, wantFlagFile)
			continue
		}
		file, problems := readDefinitions(name, data)
		r.flagProblems(problems)
		if file != nil {
			files = append(files, file)
		}
	}
	if len(r.problems) > before {
		return
	}
	set, problems := flag.Compile(files)
	r.flagProblems(problems)
	if len(problems) > 0 {
		return
	}
	f.Set = set
	for _, ref := range r.flagged {
		ref.check(set)
	}
}

func (r *reader) flagProblems(problems []flag.Problem) {
	for _, p := range problems {
		if r.full() {
			r.more = true
			return
		}
		r.problems = append(r.problems, Problem(p))
	}
}

// readDefinitions reads one file: JSON, or YAML if its name ends so.
func readDefinitions(name string, data []byte) (*flag.File, []flag.Problem) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
	default:
		return flag.Parse(name, data)
	}
	in := &reader{file: name}
	root, ok := in.parse(data)
	if ok {
		n := nodes{in: in}
		if node := n.of(root.node, 0); len(in.problems) == 0 {
			return &flag.File{Name: name, Root: node}, nil
		}
	}
	var problems []flag.Problem
	for _, p := range in.problems {
		problems = append(problems, flag.Problem(p))
	}
	return nil, problems
}

// nodes makes definitions of YAML. What is not JSON's, as dates and aliases, has no
// meaning there.
type nodes struct {
	in    *reader
	count int
}

// The bounds of a definition in YAML: how deep, and how many values.
const (
	mostFlagDepth  = 64
	mostFlagValues = 1 << 20
)

func (n *nodes) of(y *yaml.Node, depth int) *flag.Node {
	out := &flag.Node{Line: y.Line, Col: y.Column}
	fail := func(msg string) *flag.Node {
		n.in.fail("", y.Line, y.Column, msg)
		return out
	}
	if n.count++; depth > mostFlagDepth || n.count > mostFlagValues {
		return fail("values in values: want fewer")
	}
	if y.Style&yaml.TaggedStyle != 0 {
		return fail("the tag " + Show(y.Tag) + ": want a value without a tag")
	}
	switch y.Kind {
	case yaml.AliasNode:
		return fail("an alias: want the value itself, aliases are not followed")
	case yaml.MappingNode:
		out.Kind = flag.Object
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := y.Content[i]
			if k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0 || k.ShortTag() == "!!merge" {
				n.in.fail("", k.Line, k.Column, "a key that is not a plain word: want a plain word")
				continue
			}
			out.Members = append(out.Members, flag.Member{Name: k.Value, Line: k.Line, Col: k.Column, Value: n.of(y.Content[i+1], depth+1)})
		}
	case yaml.SequenceNode:
		out.Kind = flag.List
		for _, item := range y.Content {
			out.Items = append(out.Items, n.of(item, depth+1))
		}
	case yaml.ScalarNode:
		return n.scalar(out, y)
	}
	return out
}

// scalar takes YAML's word for what a scalar is: definitions are written for flagd, which
// does so.
func (n *nodes) scalar(out *flag.Node, y *yaml.Node) *flag.Node {
	switch y.ShortTag() {
	case "!!null":
	case "!!bool":
		out.Kind = flag.Bool
		if err := y.Decode(&out.Bool); err != nil {
			n.in.fail("", y.Line, y.Column, Show(y.Value)+": want true or false")
		}
	case "!!int", "!!float":
		f, err := strconv.ParseFloat(strings.ReplaceAll(y.Value, "_", ""), 64)
		if err != nil {
			err = y.Decode(&f) // hexadecimal and the like
		}
		if err != nil || f-f != 0 {
			n.in.fail("", y.Line, y.Column, Show(y.Value)+": want a number that JSON has")
		}
		out.Kind, out.Number = flag.Number, f
	default:
		out.Kind, out.Text = flag.Text, y.Value
	}
	return out
}

// check refuses a key, or a variant, that is not defined, and a key or variant that
// cannot be written into what it is passed in.
func (ref *flagReference) check(set *flag.Set) {
	var keys []string
	for _, d := range set.Flags() {
		keys = append(keys, d.Key())
	}
	if len(keys) == 0 && !ref.flag.faulty {
		ref.flag.at.fail("%s does not exist: there are no flags in the files", Show(ref.flag.name))
		return
	}
	i := ref.flag.resolve(keys)
	if i < 0 {
		return
	}
	d := set.Flags()[i]
	var variants []string
	for _, v := range d.Variants() {
		variants = append(variants, v.Name())
	}
	for _, v := range ref.variants {
		v.resolve(variants)
	}
	for _, s := range ref.segments {
		s.resolve(set.Segments())
	}
	switch {
	case ref.passed == "":
	case !token.MatchString(d.Key()):
		ref.flag.at.fail("%s: want a flag whose key can stand in a %s: letters, digits, and any of !#$%%&'*+.^_`|~-", Show(d.Key()), ref.passed)
	case ref.passed == "header":
		if bad := slices.IndexFunc(variants, func(s string) bool { return s == "" || !isFieldValue(s) }); bad >= 0 {
			ref.flag.at.fail("%s has the variant %s: want variants of visible ASCII for a header", Show(d.Key()), Show(variants[bad]))
		}
	}
}
